import type { TestTotals } from '#events';

/** As in `12 passed, 1 failed`. */
export const testsText = ({ passed, failed, errors, skipped }: TestTotals): string => {
  const told = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return told.join(', ');
};
