import type { FoundErrors, FoundInLog } from '../api/api.js';
import { count } from '../ui/time.js';

const isError = ({ severity }: FoundInLog): boolean => severity === 'error';

/** Errors before warnings, each in the order of the log. */
export const errorsFirst = (items: readonly FoundInLog[]): readonly FoundInLog[] => [
  ...items.filter(isError),
  ...items.filter((item) => !isError(item)),
];

/** `2 errors, 1 warning in the log`; those that are listed, where there are more. */
export const errorsText = ({ items, truncated }: FoundErrors): string => {
  const errors = items.filter(isError).length;
  const warnings = items.length - errors;
  const told = [
    ...(errors > 0 ? [count(errors, 'error', 'errors')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning', 'warnings')] : []),
  ];
  return `${truncated ? 'The first ' : ''}${told.join(', ')} in the log`;
};

/** `src/a.ts:3:7 · tsc · 4 times`; a tool that is not known is not named. */
export const placeText = ({ file, tool, times }: FoundInLog): string =>
  [
    file && [file.path, file.line, file.column].filter((part) => part !== undefined).join(':'),
    tool !== 'generic' && tool,
    times > 1 && `${times} times`,
  ]
    .filter(Boolean)
    .join(' · ');
