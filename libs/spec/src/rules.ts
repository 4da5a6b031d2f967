import { JOB_NAME, POOL } from '#events';
import { Matches, MaxLength, ValidateBy, type ValidationArguments, type ValidationOptions } from 'class-validator';
import type { SpecCode } from './codes.js';
import { shown } from './wording.js';

/** The rules for names and texts, as decorators; the context of each is the code of its fault. */
type Words = string | ((value: string) => string);

const options = (code: SpecCode, words: Words): ValidationOptions => ({
  message: ({ value }: ValidationArguments) => (typeof words === 'string' ? words : words(shown(String(value)))),
  context: { code },
});

export const MAX_IMAGE = 500;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;

/** Whether a text, expressions worked out, can be the name of an image. */
export const isImage = (text: string): boolean => text.length <= MAX_IMAGE && IMAGE.test(text);

/** A text with an expression is not looked at: what it comes to is checked when the build is planned. */
const orExpression = ({ source, flags }: RegExp): RegExp => new RegExp(`\\$\\{\\{|${source}`, flags);

/** A pattern, which the JSON Schema finds among the constraints. */
const by = (name: string, code: SpecCode, pattern: RegExp, words: Words): PropertyDecorator =>
  ValidateBy(
    { name, constraints: [pattern], validator: { validate: (value) => pattern.test(String(value)) } },
    options(code, words),
  );

export const HasLength = (most: number, what: string): PropertyDecorator =>
  MaxLength(most, options('TOO_LONG', `${what} has at most ${most} characters`));

export const IsImage = (): PropertyDecorator =>
  by(
    'isImage',
    'IMAGE',
    orExpression(IMAGE),
    (value) => `${value} is not the name of an image; write it like \`node:22\``,
  );

export const IsJobName = (): PropertyDecorator =>
  by(
    'isJobName',
    'JOB_NAME',
    JOB_NAME,
    (value) =>
      `${value} cannot be the name of a job: a name begins with a letter or \`_\` and has at most 63 letters, digits, \`_\` and \`-\``,
  );

const notAPool = (value: string): string =>
  `${value} cannot be the name of a pool of runners: a name begins with a letter or digit and has at most 63 letters, digits, \`_\` and \`-\``;
export const IsPool = (): PropertyDecorator => by('isPool', 'POOL', orExpression(POOL), notAPool);

export const MAX_GROUP = 100;
const GROUP = new RegExp(`^(?=.*\\S)\\P{Cc}{1,${MAX_GROUP}}$`, 'u');
export const isGroup = (text: string): boolean => GROUP.test(text);
const notAGroup = (value: string): string =>
  `${value} cannot be the name of a group: it is one line of at most ${MAX_GROUP} characters`;
export const IsGroup = (): PropertyDecorator => by('isGroup', 'GROUP', orExpression(GROUP), notAGroup);

export const IsVariable = (): PropertyDecorator =>
  Matches(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    options(
      'VARIABLE_NAME',
      (value) =>
        `${value} cannot be the name of a variable: a name has letters, digits and \`_\`, and does not begin with a digit`,
    ),
  );

export const IsNotReserved = (): PropertyDecorator =>
  by(
    'isNotReserved',
    'VARIABLE_RESERVED',
    /^(?!CAIRN_)/,
    (value) => `${value} cannot be set: names that begin with \`CAIRN_\` are set by Cairn itself`,
  );

export const IsSecretName = (): PropertyDecorator =>
  Matches(
    /^(?!CAIRN_)[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    options(
      'SECRET_NAME',
      (value) =>
        `${value} cannot be the name of a secret: it becomes a variable, so it has letters, digits and \`_\`, and does not begin with a digit or \`CAIRN_\``,
    ),
  );

export const IsServiceName = (): PropertyDecorator =>
  Matches(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    options(
      'SERVICE_NAME',
      (value) =>
        `${value} cannot be the name of a service: it is a host name, of at most 63 small letters, digits and \`-\` inside`,
    ),
  );

/** A name that expressions can use behind a dot. */
const IsDotted = (code: SpecCode, what: string): PropertyDecorator =>
  Matches(
    /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
    options(
      code,
      (value) =>
        `${value} cannot be the name of ${what}: a name begins with a letter or \`_\` and has at most 63 letters, digits and \`_\``,
    ),
  );

export const IsInputName = (): PropertyDecorator => IsDotted('INPUT_NAME', 'an input');
export const IsAxisName = (): PropertyDecorator => IsDotted('MATRIX_AXIS', 'an axis');

export const IsStepName = (): PropertyDecorator =>
  Matches(/^\P{Cc}+$/u, options('STEP_NAME', 'the name of a step is one line of text'));

export const IsShell = (): PropertyDecorator =>
  Matches(
    /^[A-Za-z0-9/._-]+(?: [A-Za-z0-9/._=+:,-]+)*$/,
    options('SHELL', (value) => `${value} is not a shell; write a program, perhaps with options, like \`bash -e\``),
  );

export const IsUser = (): PropertyDecorator =>
  Matches(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,62})?$/,
    options(
      'USER',
      (value) => `${value} is not a user; write a name or number, perhaps with a group: \`node\` or \`1000:1000\``,
    ),
  );

export const IsDirectory = (): PropertyDecorator =>
  by(
    'isDirectory',
    'DIRECTORY',
    orExpression(/^\P{Cc}+$/u),
    (value) => `${value} is not a directory: it is one line of text`,
  );

export const IsNotified = (): PropertyDecorator =>
  Matches(
    /^[A-Za-z0-9_#@][A-Za-z0-9_.@#+-]{0,199}$/,
    options(
      'NOTIFY',
      (value) =>
        `${value} is not who can be told: write a name that the server's settings know, or an address; never a URL`,
    ),
  );
