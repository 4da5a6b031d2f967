import type { BuildView } from '#domain';

/** What is wrong with the spec, each with its place. */
export const Diagnostics = ({ diagnostics }: Pick<BuildView, 'diagnostics'>) =>
  diagnostics.length === 0 ? null : (
    <section aria-labelledby="diagnostics">
      <h2 id="diagnostics">
        {diagnostics.some(({ severity }) => severity === 'error')
          ? 'What is wrong in .cairn.yml'
          : 'Warnings about .cairn.yml'}
      </h2>
      <ul class="diagnostics">
        {diagnostics.map(({ severity, message, line, column, code, suggestion }, at) => (
          <li key={at} class={severity} data-testid="diagnostic" data-severity={severity}>
            <code>
              .cairn.yml:{line}:{column}
            </code>
            <span class="severity">{severity}</span>
            <span class="message">
              {message}
              {suggestion !== undefined && !message.includes(suggestion) && (
                <>
                  {' '}
                  Write <code>{suggestion}</code>.
                </>
              )}
            </span>
            {code !== undefined && <code class="muted">{code}</code>}
          </li>
        ))}
      </ul>
    </section>
  );
