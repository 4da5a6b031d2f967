import type { Node } from 'yaml';
import { spanOf, type Findings, type Span } from './findings.js';
import { isImage } from './rules.js';
import type { SpecSource } from './spec-source.js';
import { shown } from './wording.js';

/** Warnings of what works and is seldom meant. */

/** An image whose name says nothing of its version. */
export const warnOfImage = (source: SpecSource, node: Node, image: string): void => {
  if (!isImage(image) || image.includes('@') || image.slice(image.lastIndexOf('/') + 1).includes(':')) return;
  const message = `the image ${shown(image)} has no tag: it is whatever is the newest on the day; write one, as in \`node:22\``;
  source.findings.warning('IMAGE_WITHOUT_TAG', spanOf(node), message);
};

/** What the makers of tokens begin them with, keys, and passwords in URLs. */
const TOKENS = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bsk_live_[A-Za-z0-9]{10,}/,
  /\bnpm_[A-Za-z0-9]{30,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{6,200}@/i,
];
const SECRET_NAME = /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)$/i;
const MIN_SECRET = 8;
/** Of the values that are searched. */
const MAX_SEARCHED = 10_000;

/** A value that looks like a secret: it is in the repository for everybody to read. */
export const warnOfSecret = (source: SpecSource, node: Node, name: string, text: string): void => {
  if (text.includes('${{')) return;
  const value = text.slice(0, MAX_SEARCHED);
  const named =
    SECRET_NAME.test(name) && value.length >= MIN_SECRET && !/\s/.test(value.trim()) && !/^[./~]/.test(value);
  if (!named && !TOKENS.some((pattern) => pattern.test(value))) return;
  const message = `the value of ${shown(name)} looks like a secret, and everybody who sees the repository can read it; store it with \`cairn secret set\` and name it under \`secrets\``;
  source.findings.warning('SECRET_IN_ENVIRONMENT', spanOf(node), message);
};

const WITHOUT_EFFECT = /^(?:cd|export|source|\.)(?:\s[^;&|]*)?$/;

/** A step that changes only its own shell, which ends with it. */
export const warnOfStep = (findings: Findings, span: Span, commands: readonly string[]): void => {
  const lines = commands.flatMap((command) => command.split('\n')).map((line) => line.trim());
  const written = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (written.length === 0 || !written.every((line) => WITHOUT_EFFECT.test(line))) return;
  const message = `each step is a shell of its own: what ${shown(written[0] ?? '')} changes is gone in the next; write the commands that belong together as a list under \`run\``;
  findings.warning('STEP_WITHOUT_EFFECT', span, message);
};

const INSTALLS = [
  /\bnpm\s+(?:ci|install|i|add)\b/,
  /\b(?:yarn|pnpm|bun)\s+(?:install|i|add)\b/,
  /(?:^|[;&|]\s*)yarn\s*$/,
  /\bpip[0-9.]*\s+install\b/,
  /\b(?:poetry|pipenv|bundle|composer)\s+install\b/,
  /\buv\s+(?:sync|pip\s+install)\b/,
  /\bgem\s+install\b/,
  /\bcargo\s+(?:install|fetch)\b/,
];

/** Whether a command runs the code of other people's packages. */
export const installsDependencies = (command: string): boolean => INSTALLS.some((pattern) => pattern.test(command));
