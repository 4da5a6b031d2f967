import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { InvalidSettings } from '#errors';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Constraints' own words may hold the value: only what is asked for is said. */
const problem = ({ property, constraints }: ValidationError): string =>
  `${property}: ${Object.values(constraints ?? {})
    .map((text) => text.replace(new RegExp(`^${property} `), ''))
    .join('; ')}`;

/**
 * The settings of a class, from environment variables of the same names; an empty variable counts as not set. The result
 * is frozen.
 * @throws InvalidSettings naming every problem at once, never a value.
 */
export const loadConfig = <T extends object>(type: new () => T, environment: Environment = process.env): T => {
  const names = Object.keys(new type());
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const config = plainToInstance(type, given, { exposeDefaultValues: true });
  const errors = validateSync(config, { whitelist: false, forbidUnknownValues: false });
  if (errors.length > 0) throw new InvalidSettings(errors.map(problem));
  return Object.freeze(config);
};
