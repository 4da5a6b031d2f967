import { useState } from 'preact/hooks';
import { api, ApiProblem } from '../api/api.js';
import { asProblem } from '../api/use-resource.js';
import { navigate } from '../routing/location.js';
import { Problem } from '../ui/problem.js';
import { useSession } from '../ui/session.js';
import { useTitle } from '../ui/use-title.js';

const WRONG = new ApiProblem(403, 'Not signed in.', "This is not the server's admin token.");

export const LoginPage = ({ next }: Readonly<{ next: string }>) => {
  useTitle('Sign in');
  const { reload } = useSession();
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token');
    setBusy(true);
    setProblem(undefined);
    try {
      await api.signIn(String(token).trim());
      reload();
      navigate(next, true);
    } catch (error) {
      const known = asProblem(error);
      setProblem(known.status === 401 ? WRONG : known);
      setBusy(false);
    }
  };
  return (
    <form class="login" onSubmit={(event) => void submit(event)}>
      <h1>Sign in</h1>
      <label>
        Admin token
        <input
          name="token"
          type="password"
          required
          autofocus
          autocomplete="current-password"
          aria-describedby="token-hint"
        />
      </label>
      <p class="muted" id="token-hint">
        The start of the server prints a link that signs in at once. The token itself is the setting{' '}
        <code>CAIRN_ADMIN_TOKEN</code>, or was made on the first run and is kept in the data directory.
      </p>
      {problem && <Problem problem={problem} />}
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  );
};
