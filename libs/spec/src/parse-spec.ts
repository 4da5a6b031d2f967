import type { Diagnostic } from '#events';
import { Findings } from './findings.js';
import type { Pipeline } from './pipeline.js';
import { readPipeline } from './pipeline.reader.js';
import { SpecSource } from './spec-source.js';
import { Survey } from './survey.js';
import { readYaml } from './yaml-document.js';

/** `pipeline` is there unless a diagnostic is an error. Diagnostics are in the order of the file. */
export type ParsedSpec = Readonly<{ pipeline?: Pipeline; diagnostics: Diagnostic[] }>;

/**
 * Reads the text of a `.cairn.yml`. Never throws: everything that is wrong is said, with its place, at once. Columns
 * count UTF-16 code units, as editors do.
 */
export const parseSpec = (file: string): ParsedSpec => {
  const text = file.startsWith('\uFEFF') ? file.slice(1) : file; // a byte order mark is no part of the first line
  const findings = new Findings(text);
  const pipeline = read(text, findings);
  const diagnostics = findings.sorted();
  return findings.failed || !pipeline ? { diagnostics } : { pipeline, diagnostics };
};

const read = (text: string, findings: Findings): Pipeline | undefined => {
  const document = readYaml(text, findings);
  if (!document) return undefined;
  const survey = new Survey(document.contents, findings);
  return survey.exceeded ? undefined : readPipeline(new SpecSource(text, survey, findings), document.contents);
};
