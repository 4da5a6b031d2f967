import { expand, hasExpressions, MAX_REDUCED, parseTemplate, type Names, type Values } from '#expression';
import { UnusableExpression } from '#errors';
import type { JobTemplate, ServiceTemplate, StepTemplate } from '#events';

/** The text with its expressions worked out. `where`: for messages. @throws UnusableExpression */
const textOf = (text: string, where: string, values: Values): string => {
  if (!hasExpressions(text)) return text;
  const template = parseTemplate(text, MAX_REDUCED);
  const result = template.ok ? expand(template.value, values) : template;
  if (result.ok) return result.value;
  throw new UnusableExpression(where, result.faults[0]?.message ?? text);
};

const variables = (
  environment: Readonly<Record<string, string>>,
  where: string,
  values: Values,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, textOf(text, `${where} ${name}`, values)]),
  );

const stepTexts = (step: StepTemplate, number: number, values: Values): StepTemplate => {
  const environment = variables(step.environment, `step ${number}, environment`, values);
  const within = { ...values, environment: merged(values.environment, environment) };
  const { workingDirectory } = step;
  return {
    ...step,
    name: textOf(step.name, `step ${number}, name`, values),
    environment,
    run: textOf(step.run, `step ${number}, run`, within),
    ...(step.image === undefined ? {} : { image: textOf(step.image, `step ${number}, image`, values) }),
    ...(workingDirectory === undefined
      ? {}
      : { workingDirectory: textOf(workingDirectory, `step ${number}, working_directory`, within) }),
  };
};

const serviceTexts = (service: ServiceTemplate, values: Values): ServiceTemplate => ({
  ...service,
  image: textOf(service.image, `service ${service.name}, image`, values),
  environment: variables(service.environment, `service ${service.name}, environment`, values),
});

const merged = (outer: Names | undefined, inner: Readonly<Record<string, string>>): Names =>
  new Map([...(outer ?? []), ...Object.entries(inner)]);

/**
 * A job with its texts as its steps get them: what was left when the build was planned is known now. Conditions stay as
 * they are. @throws UnusableExpression
 */
export const withTexts = (job: JobTemplate, values: Values): JobTemplate => {
  const environment = variables(job.environment, 'environment', values);
  const within = { ...values, environment: merged(undefined, environment) };
  return {
    ...job,
    ...(job.image === undefined ? {} : { image: textOf(job.image, 'image', values) }),
    environment,
    ...(job.services ? { services: job.services.map((service) => serviceTexts(service, values)) } : {}),
    steps: job.steps.map((step, index) => stepTexts(step, index + 1, within)),
  };
};
