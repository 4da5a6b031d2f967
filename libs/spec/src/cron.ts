import { Cron } from 'croner';

const FIELDS = ['minute', 'hour', 'day of the month', 'month', 'day of the week'] as const;
const RANGES = ['0 to 59', '0 to 23', '1 to 31', '1 to 12 or `JAN` to `DEC`', '0 to 7 or `SUN` to `SAT`'] as const;
const CHARACTERS = /^[0-9A-Za-z*,/-]+$/;

const WORDS = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const parses = (fields: readonly string[]): Cron | undefined => {
  try {
    return new Cron(fields.join(' '), { mode: '5-part', timezone: 'UTC' });
  } catch {
    return undefined;
  }
};

/** Whether one field alone is right: the letters of names, nothing of what only some kinds of cron know. */
const isField = (field: string, index: number): boolean =>
  CHARACTERS.test(field) &&
  !/[lw]$|^[lw]/i.test(field.replace(/JUL|WED/gi, '')) &&
  parses(FIELDS.map((_, other) => (other === index ? field : '*'))) !== undefined;

export type CronFault = Readonly<{ message: string; suggestion?: string }>;

/** What is wrong with a cron expression of five fields, in words; undefined: nothing. */
export const faultOfCron = (text: string): CronFault | undefined => {
  const suggestion = WORDS.get(text.trim().toLowerCase());
  if (suggestion) return { message: `write the five fields instead: \`${suggestion}\``, suggestion };
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    const cure = fields.length === 6 ? '; there is no field for seconds' : '';
    return { message: `it has ${fields.length} fields, and needs five: ${FIELDS.join(', ')}${cure}` };
  }
  const wrong = fields.findIndex((field, index) => !isField(field, index));
  if (wrong >= 0)
    return {
      message: `the ${FIELDS[wrong]} is \`${fields[wrong]?.slice(0, 40)}\`; write numbers from ${RANGES[wrong]}, with \`*\`, \`,\`, \`-\` and \`*/n\``,
    };
  return parses(fields)?.nextRun(new Date(0)) ? undefined : { message: 'no day is ever like that' };
};
