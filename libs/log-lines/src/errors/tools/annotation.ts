import { placeOf } from '../../places/place.js';
import type { Tool } from '../recogniser.js';

const ANNOTATION = /^::(error|warning)(?: ([^:]*))?::(.*)$/;

/** `::error file=a.js,line=1,col=2::message`, which many tools write for annotations. */
export const annotation: Tool = () => (line) => {
  const [, severity, written = '', message] = ANNOTATION.exec(line) ?? [];
  if (severity === undefined || message === undefined) return undefined;
  const values = new Map(
    written.split(',').map((pair) => {
      const [key = '', ...value] = pair.trim().split('=');
      return [key, value.join('=')] as const;
    }),
  );
  return {
    severity: severity === 'error' ? 'error' : 'warning',
    tool: 'annotation',
    message: message.replaceAll('%0A', ' ').replaceAll('%25', '%'),
    place: placeOf(values.get('file'), values.get('line'), values.get('col')),
  };
};
