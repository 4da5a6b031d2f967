import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOf } from './history.js';
import { SCENARIOS } from './scenarios.js';
import { Tape } from './tape.js';

/**
 * Records the scenarios that are not recorded yet; what exists is never written again. From the repository's root:
 * `npx tsc && node dist/test/histories/record.js test/histories`. Read the expected outcome before it is committed.
 */
const writeOnce = (file: string, value: unknown): void => {
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' });
    console.log(`${file} recorded`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const folder = process.argv[2] ?? '.';
for (const [name, play] of Object.entries(SCENARIOS)) {
  const tape = new Tape();
  play(tape);
  writeOnce(join(folder, `${name}.history.json`), tape.messages);
  writeOnce(join(folder, `${name}.expected.json`), outcomeOf(tape.messages));
}
