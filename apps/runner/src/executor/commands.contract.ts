import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { SandboxLost } from '#errors';
import { archive, countProcesses, finish, readUntil, step } from './steps.contract.js';
import type { Sandbox } from './executor.js';

type Make = (environment?: Record<string, string>) => Promise<Sandbox>;

// What is asked of an executor whose steps are commands that a shell runs: part of the executors' contract.

/** What a step prints, by whatever way. */
export const describeStreams = (make: Make): void => {
  it('keeps stdout and stderr in the order in which they were written', async () => {
    const script = 'i=0; while [ $i -lt 500 ]; do echo "err $i" >&2; i=$((i+1)); echo "out $i"; i=$((i+1)); done';
    const lines = Array.from({ length: 500 }, (_, index) => `${index % 2 ? 'out' : 'err'} ${index}\n`);
    expect((await finish(await make(), step(script))).output).toBe(lines.join(''));
  });

  it('can be written to by name', async () => {
    const { output } = await finish(await make(), step('echo one >/dev/stdout; echo two >/dev/stderr'));
    expect(output).toBe('one\ntwo\n');
  });

  it('is byte-exact for every value of a byte, and has no newline added', async () => {
    const octal = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const { bytes } = await finish(await make(), step(`printf '${octal}'`));
    expect([...bytes]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
  });
};

/** What a shell makes of the script. */
export const describeCommands = (make: Make, isBash: boolean): void => {
  describe('script', () => {
    it('may have quotes, unicode, several lines and odd bytes', async () => {
      const script = `cat <<'EOF'\n'single' "double" \`back\` \\n %s | $HOME\n\tžluťoučký 🪨 \x01\x7f\x1e\nEOF\necho 'a\n\nb'  \n`;
      const { output } = await finish(await make(), step(script));
      expect(output).toBe(`'single' "double" \`back\` \\n %s | $HOME\n\tžluťoučký 🪨 \x01\x7f\x1e\na\n\nb\n`);
    });

    it('may be longer than an argument may be', async () => {
      const { output } = await finish(await make(), step(`: '${'x'.repeat(300_000)}'\necho done`));
      expect(output).toBe('done\n');
    });

    it('stops at the first command that fails, with its exit code', async () => {
      expect(await finish(await make(), step('echo a\n(exit 3)\necho b'))).toMatchObject({ output: 'a\n', code: 3 });
    });

    it('says which command was not found', async () => {
      const { output, code } = await finish(await make(), step('no-such-command --x'));
      expect(output).toContain('no-such-command');
      expect(code).toBe(127);
    });

    it(`${isBash ? 'fails' : 'goes on'} when the first part of a pipeline fails`, async () => {
      const { code } = await finish(await make(), step('(exit 5) | cat'));
      expect(code).toBe(isBash ? 5 : 0);
    });

    it('finds nothing on stdin', async () => {
      const { output, code } = await finish(await make(), step('cat; read -r line || echo end of file'));
      expect({ output, code }).toEqual({ output: 'end of file\n', code: 0 });
    });

    it('is ended by SIGINT as anywhere else', async () => {
      const { code } = await finish(await make(), step('kill -INT $$; echo went on'));
      expect(code).toBe(130);
    });
  });
};

/** To whom the files belong, and what they are. */
export const describeOwnership = (make: Make): void => {
  it('shares the workspace between steps, owned by whoever runs them, with HOME outside', async () => {
    const sandbox = await make();
    await sandbox.unpack(archive({ 'dir/file': 'content' }));
    expect(await finish(sandbox, step('cat dir/file; echo x >new; cd dir; touch "$HOME/h"'))).toMatchObject({
      code: 0,
    });
    const { output } = await finish(
      sandbox,
      step(
        'cat new; pwd; ls; [ -O . ] && [ -O dir/file ] && [ -O "$HOME" ]; case "$HOME" in "$PWD"*) exit 1;; esac',
        2,
      ),
    );
    expect(output).toBe(`x\n${sandbox.workspace}\ndir\nnew\n`);
  });

  it('gets what an archive has: modes, times, long names, and links wherever they lead', async () => {
    const [long, time] = [`${'long/'.repeat(30)}name`, new Date('2020-01-02T03:04:05Z')];
    const tar = pack();
    tar.entry({ name: 'run', mode: 0o755, mtime: time }, '#!/bin/sh\necho ran\n');
    tar.entry({ name: 'plain', mode: 0o644, mtime: new Date('2020-01-02T03:04:06Z') }, 'plain');
    tar.entry({ name: long }, 'found');
    tar.entry({ name: 'link', type: 'symlink', linkname: long, mtime: time });
    tar.entry({ name: 'outward', type: 'symlink', linkname: '/no/such/../file', mtime: time });
    tar.finalize();
    const sandbox = await make();
    await sandbox.unpack(Readable.from(tar));
    const script =
      './run; ! [ -x plain ] || exit 1; [ plain -nt run ] && cat link; ls -ld outward | grep -o "outward -> .*"';
    expect((await finish(sandbox, step(script))).output).toBe('ran\nfoundoutward -> /no/such/../file\n');
  });
};

/** What a step leaves running. */
export const describeLeavings = (make: Make): void => {
  it('comes when the script ends, and what it leaves in the background is killed', async () => {
    const seconds = randomInt(1e7, 9e7);
    const sandbox = await make();
    const leave = `sleep ${seconds} & (env -i sleep ${seconds} >/dev/null 2>&1 &) ; setsid sleep ${seconds} & echo left`;
    expect(await finish(sandbox, step(leave))).toMatchObject({ output: 'left\n', code: 0 });
    expect((await finish(sandbox, step(countProcesses(seconds), 2))).output).toBe('0\n');
  });
};

/** What a step does that does not want to end. */
export const describeForcedEnds = (make: Make): void => {
  it('takes 200 child processes with it that ignore SIGTERM', async () => {
    const seconds = randomInt(1e7, 9e7);
    const sandbox = await make();
    const script = `trap '' TERM; i=0; while [ $i -lt 200 ]; do sleep ${seconds} & i=$((i+1)); done; echo up; wait`;
    const running = sandbox.run(step(script));
    const bytes = running.output[Symbol.asyncIterator]();
    await readUntil(bytes, 'up');
    await running.stop(20);
    expect((await running.exit).code).toBe(137);
    expect((await finish(sandbox, step(countProcesses(seconds), 2))).output).toBe('0\n');
  });

  it('ends with its place when it has halted the shell that would see it end', async () => {
    const running = (await make()).run(step('kill -STOP $PPID; echo up; while :; do sleep 1; done'));
    const bytes = running.output[Symbol.asyncIterator]();
    await readUntil(bytes, 'up');
    await running.stop(20);
    await expect(running.exit).rejects.toBeInstanceOf(SandboxLost);
  });
};

/** What is left of a place. */
export const describeRemoval = (make: Make, leftovers: (slot: string) => Promise<string[]>): void => {
  it('takes processes, files and all, in mid-step, twice', async () => {
    const seconds = randomInt(1e7, 9e7);
    const [sandbox, other] = await Promise.all([make(), make()]);
    const running = sandbox.run(
      step(`mkdir -p locked/in && touch locked/in/f && chmod -R a-w locked; sleep ${seconds}`),
    );
    await running.accepted;
    await sandbox.remove();
    await sandbox.remove();
    expect(await leftovers(sandbox.slot)).toEqual([]);
    expect((await finish(other, step(countProcesses(seconds)))).output).toBe('0\n');
  });
};
