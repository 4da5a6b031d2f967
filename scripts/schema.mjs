/** `npm run schema`: writes the JSON Schema of `.cairn.yml` to docs/, for editors that take it from a file. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildStandalone } from './setup/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const problem = await buildStandalone(root, (line) => process.stderr.write(`cairn: ${line}\n`));
if (problem) {
  process.stderr.write(`cairn: ${problem}\n`);
  process.exit(1);
}
const { specSchema } = await import(new URL('../dist/libs/spec/src/index.js', import.meta.url));
writeFileSync(new URL('../docs/cairn.schema.json', import.meta.url), `${JSON.stringify(specSchema(), null, 2)}\n`);
