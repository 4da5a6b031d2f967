import { UnusableExchange } from '#errors';
import { archive, bytesOf, does, finish, step } from './steps.contract.js';
import type { Deeds } from '../../testing/scripted/index.js';
import { MAX_EXCHANGE_BYTES, type Sandbox } from './executor.js';

/** Where a step begins, what reads its script, and what it hands on: part of the executors' contract. */
export const describeStepPlaces = (
  make: (environment?: Record<string, string>) => Promise<Sandbox>,
  runsCommands: boolean,
): void => {
  describe('directory and shell', () => {
    it('begins where the step says, below the workspace or anywhere', async () => {
      const sandbox = await make();
      await sandbox.unpack(archive({ "it's/deep/file": 'content' }));
      const below = await finish(sandbox, does({ show: 'file' }, 1, {}, { directory: "it's/deep" }));
      expect(below).toMatchObject({ output: 'content', code: 0 });
      expect((await finish(sandbox, does({ where: true }, 2, {}, { directory: '/' }))).output).toBe('/\n');
      expect((await finish(sandbox, does({ where: true }, 3))).output).toBe(`${sandbox.workspace}\n`);
    });

    it('fails a step whose directory is not there, in words, without running it', async () => {
      const sandbox = await make();
      const { output, code } = await finish(sandbox, does({ say: 'ran' }, 1, {}, { directory: 'no/such' }));
      expect(output).toContain('no/such');
      expect(output).not.toContain('ran');
      expect(code).not.toBe(0);
      expect(await finish(sandbox, does({ say: 'next' }, 2))).toMatchObject({ output: 'next\n', code: 0 });
    });

    if (!runsCommands) return;

    it('gives the script to another program, with its arguments', async () => {
      const sandbox = await make();
      const script = 'echo "$0|$-"; false; echo went on';
      const { output, code } = await finish(sandbox, step(script, 1, {}, { shell: ['/bin/sh', '-u'] }));
      expect(output).toMatch(/\|.*u.*\nwent on\n$/);
      expect(code).toBe(0);
      const { code: missing } = await finish(sandbox, step('true', 2, {}, { shell: ['no-such-shell', '-x'] }));
      expect(missing).toBe(127);
    });

    it('is not confused by a variable that shells split words by', async () => {
      const { output, code } = await finish(await make(), step('echo here', 1, { IFS: ':' }));
      expect({ output, code }).toEqual({ output: 'here\n', code: 0 });
    });
  });

  describe('exchange', () => {
    it('gives what all steps so far have written, and says whether there is anything', async () => {
      const sandbox = await make();
      const exit = async (deeds: Deeds, number: number) => {
        const running = sandbox.run(does(deeds, number));
        await bytesOf(running);
        return running.exit;
      };
      expect(await exit({}, 1)).toMatchObject({ code: 0, wrote: false });
      expect(await sandbox.exchange()).toEqual({ environment: Buffer.alloc(0), outputs: Buffer.alloc(0) });
      expect(await exit({ env: 'A=1', exit: 3 }, 2)).toMatchObject({ code: 3, wrote: true });
      expect(await exit({ env: 'B=\xff', output: 'V=2' }, 3)).toMatchObject({
        code: 0,
      });
      const { environment, outputs } = await sandbox.exchange();
      expect(environment).toEqual(Buffer.from('A=1\nB=\xff\n'));
      expect(outputs.toString()).toBe('V=2\n');
    });

    it.each([
      ['a link', { spoil: 'link' }],
      ['a directory', { spoil: 'folder' }],
      ['too much', { env: 'x'.repeat(MAX_EXCHANGE_BYTES) }],
    ] as const)('refuses %s', async (_, deeds) => {
      const sandbox = await make();
      expect(await finish(sandbox, does(deeds))).toMatchObject({ code: 0 });
      await expect(sandbox.exchange()).rejects.toThrow(UnusableExchange);
    });

    if (!runsCommands) return;

    it('takes bytes that are no text as they are', async () => {
      const sandbox = await make();
      await finish(sandbox, step('printf "B=\\377\\n" >>"$CAIRN_ENV"'));
      expect((await sandbox.exchange()).environment).toEqual(Buffer.from('B=\xff\n', 'latin1'));
    });
  });
};
