import { api, apiUrl } from '../api/api.js';
import { useResource } from '../api/use-resource.js';
import { Problem } from '../ui/problem.js';

type Props = Readonly<{ build: string; job: string; attempt: number; files: number }>;

const bytesText = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
      ? `${(bytes / 1024).toFixed(1)} KiB`
      : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

/** What an attempt has left behind, to be saved. `files`: how many there are by now; there are more when it grows. */
export const ArtifactList = ({ build, job, attempt, files }: Props) => {
  const { data, problem, reload } = useResource(
    `${build} ${job} ${attempt} ${files}`,
    () => api.artifacts(build, job, attempt),
    () => false,
  );
  if (problem) return <Problem problem={problem} retry={reload} />;
  if (!data || data.items.length === 0) return null;
  return (
    <details class="artifacts" data-testid="artifacts">
      <summary>
        {data.items.length} {data.items.length === 1 ? 'artifact' : 'artifacts'}
      </summary>
      <ul>
        {data.items.map(({ id, name, bytes, link }) => (
          <li key={id}>
            {link === null ? (
              <a href={apiUrl(['builds', build, 'jobs', job, 'artifacts', id], { attempt })} download>
                {name}
              </a>
            ) : (
              `${name} → ${link}`
            )}{' '}
            <span class="muted">{link === null && bytesText(bytes)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
};
