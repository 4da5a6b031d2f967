import type { Condition, JobTemplate, Plan, PlannedJob, StepTemplate, Trigger, Why } from '#events';
import { planRows, type PlanRow } from '#spec';
import { triggerInWords } from '../local/trigger-options.js';
import type { Paint } from '../paint.js';
import { plain } from '../plain.js';

type Node = Readonly<{ text: string; children?: readonly Node[] }>;

const drawn = (nodes: readonly Node[], indent = ''): string[] =>
  nodes.flatMap(({ text, children = [] }, index) => {
    const isLast = index === nodes.length - 1;
    const deeper = `${indent}${isLast ? '   ' : '│  '}`;
    return [`${indent}${isLast ? '└─ ' : '├─ '}${text}`, ...drawn(children, deeper)];
  });

const atLine = (line: number | undefined): string => (line === undefined ? '' : ` (line ${line})`);

const duration = (ms: number): string => {
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1000) % 60];
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}` || '0s';
};

const conditionInWords = ({ status, expression, line }: Condition): string => {
  const words = [status && `what came before ${status.join(' or ')}`, expression && `\${{ ${expression} }}`];
  return `${words.filter(Boolean).map(String).map(plain).join(' and ')}${atLine(line)}`;
};

const stepNode = (step: StepTemplate, paint: Paint): Node => {
  if (step.skipped)
    return {
      text: paint(
        'dim',
        `${plain(step.name)}: does not run: ${plain(step.skipped.detail)}${atLine(step.skipped.line)}`,
      ),
    };
  const more = [
    step.image && `image ${plain(step.image)}`,
    step.shell && `shell ${plain(step.shell)}`,
    step.timeoutMs !== undefined && `at most ${duration(step.timeoutMs)}`,
    step.retries && `retries ${step.retries}`,
    step.allowFailure && 'may fail',
    step.when && `when ${conditionInWords(step.when)}`,
  ].filter(Boolean);
  return { text: `${plain(step.name)}${more.length === 0 ? '' : paint('dim', ` · ${more.join(' · ')}`)}` };
};

const needsInWords = ({ needs, optionalNeeds = [] }: PlannedJob): string =>
  needs.map((need) => `${plain(need)}${optionalNeeds.includes(need) ? ' (optional)' : ''}`).join(', ');

const facts = (template: JobTemplate, job: PlannedJob): string =>
  [
    job.needs.length > 0 && `needs ${needsInWords(job)}`,
    template.image === undefined ? 'no image' : `image ${plain(template.image)}`,
    `pool ${plain(job.pool)}`,
    `at most ${duration(job.timeoutMs)}`,
    template.commandRetries && `retries ${template.commandRetries}`,
    template.allowFailure && 'may fail',
    template.approval && 'waits for approval',
    job.group && `group ${plain(job.group.name)}`,
  ]
    .filter(Boolean)
    .join(' · ');

const whyOf = (template: JobTemplate, { why }: PlannedJob): string | undefined => {
  if (why) return `${plain(why.detail)}${atLine(why.line)}`;
  return template.when && conditionInWords(template.when);
};

const cellInWords = ({ cell }: PlannedJob): string =>
  Object.entries(cell)
    .map(([key, value]) => `${plain(key)} ${plain(String(value))}`)
    .join(', ');

const jobNode = (name: string, { job, template }: PlanRow, paint: Paint): Node => {
  const why = whyOf(template, job);
  if (job.why?.runs === false) return { text: `${paint('bold', name)}: ${paint('yellow', `does not run: ${why}`)}` };
  const condition: Node[] = why === undefined ? [] : [{ text: `runs: ${why}` }];
  return {
    text: `${paint('bold', name)} ${paint('dim', `· ${facts(template, job)}`)}`,
    children: [...condition, ...template.steps.map((step) => stepNode(step, paint))],
  };
};

/** All rows of one job of the spec: by itself, or the cells of its matrix beneath it. */
const templateNodes = (template: JobTemplate, all: readonly PlanRow[], paint: Paint): Node[] => {
  const rows = all.filter(({ job }) => job.name === template.name);
  const [first] = rows;
  if (first && rows.length === 1 && Object.keys(first.job.cell).length === 0)
    return [jobNode(plain(template.name), first, paint)];
  const matrix = [template.failFast && 'fail_fast', template.maxParallel && `max_parallel ${template.maxParallel}`];
  const words = [`${rows.length} cells`, ...matrix.filter(Boolean)].join(' · ');
  const children = rows.map((row) => jobNode(cellInWords(row.job), row, paint));
  return [{ text: `${paint('bold', plain(template.name))} ${paint('dim', `· ${words}`)}`, children }];
};

const startInWords = ({ runs, detail, line }: Why, paint: Paint): string =>
  `${runs ? paint('green', 'starts') : paint('yellow', 'starts nothing')}: ${plain(detail)}${atLine(line)}`;

/** A plan as a tree: what sets it off, its jobs and cells, and for each why it runs or not. */
export const planTree = (trigger: Trigger, starts: Why, plan: Plan | undefined, paint: Paint): string => {
  const head = `${paint('bold', plain(triggerInWords(trigger)))} ${startInWords(starts, paint)}`;
  if (!plan || !starts.runs) return `${head}\n`;
  const rows = planRows(plan);
  const nodes = plan.templates.flatMap((template) => templateNodes(template, rows, paint));
  return `${[head, ...drawn(nodes)].join('\n')}\n`;
};
