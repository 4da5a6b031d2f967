import type { SearchHit } from '../api/api.js';
import { permalink } from '../routing/permalink.js';
import { hrefOf } from '../routing/route.js';
import { Status } from '../ui/status.js';
import { Ago } from '../ui/times.js';
import { markedParts, type HitGroup } from './hit-groups.js';

const jobHref = ({ build, job, attempt }: SearchHit): string =>
  hrefOf({ page: 'job', build: build.id, job: job.id, attempt });

const Line = ({ hit, line, text }: Readonly<{ hit: SearchHit; line: number; text: string }>) => {
  const found = line === hit.line;
  return (
    <li class={found ? 'hit found' : 'hit'} data-testid={found ? 'search-hit' : undefined} data-line={line}>
      <a
        class="number"
        href={`${jobHref(hit)}${permalink({ step: hit.step.index, line })}`}
        aria-label={`Line ${line} of ${hit.step.name}`}
      >
        {line}
      </a>
      <code class="text">
        {found
          ? markedParts(text, hit.spans).map((part, at) =>
              part.marked ? <mark key={at}>{part.text}</mark> : part.text,
            )
          : text}
      </code>
    </li>
  );
};

/** What was found in one step. */
export const SearchHits = ({ group }: Readonly<{ group: HitGroup }>) => {
  const [first] = group.hits;
  if (!first) return null;
  const { build, job, attempt, step } = first;
  return (
    <section class="hits" data-testid="search-group" data-build={build.id} aria-label={`${job.title}: ${step.name}`}>
      <header class="facts">
        <Status status={build.status} />
        <span>{build.repo}</span>
        <a href={hrefOf({ page: 'build', build: build.id })}>#{build.number}</a>
        <span class="ref">{build.pullRequest === null ? build.branch : `PR ${build.pullRequest}`}</span>
        <a href={`${jobHref(first)}${permalink({ step: step.index })}`}>
          {job.title} › {step.name}
        </a>
        {attempt > 1 && <span>attempt {attempt}</span>}
        <Ago at={build.createdAt} />
      </header>
      <ol>
        {group.lines.map(({ hit, line, text }) => (
          <Line key={line} hit={hit} line={line} text={text} />
        ))}
      </ol>
    </section>
  );
};
