import { NotOnHost, ServiceUnavailable, SandboxLost } from '#errors';
import type { ServiceTemplate } from '#events';
import { scriptOf } from '../../testing/scripted/index.js';
import { archive, does, finish, newSlot, step } from './steps.contract.js';
import type { Executor, Sandbox, SandboxSpec, ServiceRun } from './executor.js';

/**
 * `other`: not the job's. `bash`: one of the two, has bash. `service`: has busybox's `httpd`. `checked`: the same, with a check
 * and a command of its own.
 */
export type MatesImages = Readonly<{ other: string; bash: string; service: string; checked: string }>;

type Setting = Readonly<{
  runsCommands: boolean;
  executor: () => Executor;
  makeExecutor: () => Executor;
  specOf: (slot: string) => SandboxSpec;
  /** Undefined: the executor has no containers. */
  images: MatesImages | undefined;
  leftovers: (slot: string) => Promise<string[]>;
}>;

const never = new AbortController().signal;

const textOf = async (service: ServiceRun): Promise<string> => {
  let text = '';
  for await (const bytes of service.output) text += bytes.toString();
  return text;
};

/** What a job has beside its own container: services, other images, other users. Part of the executors' contract. */
export const describeMates = ({ runsCommands, executor, makeExecutor, specOf, images, leftovers }: Setting): void => {
  if (!images) {
    it.each([
      ['services', { services: [{ name: 'db', image: 'db:1', environment: {} }] }],
      ['image', { stepImages: ['other:1'] }],
      ['user', { stepUsers: true }],
    ])('refuses %s by name, and leaves nothing', async (key, more) => {
      const spec = { ...specOf(newSlot()), ...more };
      const creation = executor().create(spec, () => undefined);
      await expect(creation).rejects.toThrow(NotOnHost);
      await expect(creation).rejects.toThrow(`\`${key}\``);
      expect(await leftovers(spec.slot)).toEqual([]);
    });
    return;
  }

  const create = (more: Partial<SandboxSpec>): Promise<Sandbox> =>
    executor().create({ ...specOf(newSlot()), ...more }, () => undefined);
  const service = (name: string, script: string, more: Partial<ServiceTemplate> = {}): ServiceTemplate => ({
    ...{ name, image: images.service, environment: {}, command: ['sh', '-c', script] },
    ...more,
  });
  const serving = service('web', 'echo "$GREETING" >/tmp/page; echo up; exec httpd -f -p 80 -h /tmp', {
    environment: { GREETING: 'hello | $HOME' },
  });

  describe('services', () => {
    it('run beside the steps until they are ended, and have told all that they printed', async () => {
      const sandbox = await create({ services: [service('db', scriptOf({ say: ['one', 'two'], hang: true }))] });
      const [run] = sandbox.services as [ServiceRun];
      const text = textOf(run);
      await sandbox.servicesReady(never);
      expect(await finish(sandbox, does({ say: 'beside it' }))).toMatchObject({ output: 'beside it\n' });
      await sandbox.endServices();
      await sandbox.endServices();
      expect(await text).toBe('one\ntwo\n');
      expect(await run.exit).toMatchObject({ wasTold: true });
      await sandbox.remove();
      expect(await leftovers(sandbox.slot)).toEqual([]);
    });

    it('that end too early are named with their last words, which are not lost', async () => {
      const broken = service('db', scriptOf({ say: 'no such table', exit: 3 }));
      const sandbox = await create({ services: [broken, service('web', scriptOf({ say: 'up', hang: true }))] });
      const [run] = sandbox.services as [ServiceRun];
      const waiting = sandbox.servicesReady(never);
      await expect(waiting).rejects.toThrow(ServiceUnavailable);
      await expect(waiting).rejects.toThrow(
        'service db: it ended with code 3 before it was ready; its last lines: no such table',
      );
      expect(await textOf(run)).toBe('no such table\n');
      expect(await run.exit).toEqual({ code: 3, wasTold: false });
    });

    it('need not be waited for when the job was told to end', async () => {
      const hanging: ServiceTemplate = {
        ...service('slow', scriptOf({ ail: 'waits', hang: true })),
        image: images.checked,
      };
      const sandbox = await create({ services: [hanging] });
      const told = new AbortController();
      const waiting = sandbox.servicesReady(told.signal);
      waiting.catch(() => undefined);
      told.abort(new SandboxLost('told to end'));
      await expect(waiting).rejects.toThrow('told to end');
    });

    if (!runsCommands) return;

    it('are reached by their names from steps of every image, with their own environment and command', async () => {
      const sandbox = await create({ services: [serving], stepImages: [images.other] });
      await sandbox.servicesReady(never);
      const ask = 'exec 3<>/dev/tcp/web/80; printf "GET /page HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
      const { output } = await finish(sandbox, step(ask, 1, {}, { image: images.bash }));
      expect(output).toContain('hello | $HOME');
      const other = await finish(
        sandbox,
        step('grep -c . /etc/resolv.conf; ls /sys/class/net', 2, {}, { image: images.other }),
      );
      expect(other.code).toBe(0);
      await sandbox.remove();
      expect(await leftovers(sandbox.slot)).toEqual([]);
    });

    it('are ready when the check of their image says so, and tell all that they have printed', async () => {
      const checked: ServiceTemplate = { name: 'checked', image: images.checked, environment: {} };
      const sandbox = await create({ services: [checked], stepImages: [images.other] });
      const [run] = sandbox.services as [ServiceRun];
      const text = textOf(run);
      await sandbox.servicesReady(never);
      const ask = 'exec 3<>/dev/tcp/checked/80; printf "GET /passwd HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
      expect((await finish(sandbox, step(ask, 1, {}, { image: images.bash }))).output).toContain('builder:x:1234');
      await sandbox.endServices();
      await sandbox.endServices();
      expect((await text).split('\n').sort()).toEqual(['', 'begun', 'to stderr']);
      expect(await run.exit).toMatchObject({ wasTold: true });
    });

    it('that cannot be started are named, and nothing is left', async () => {
      const spec = { ...specOf(newSlot()), services: [{ name: 'db', image: images.service, environment: {} }] };
      await expect(executor().create(spec, () => undefined)).rejects.toThrow(
        /service db: it cannot be started: .*[Cc]ommand/,
      );
      expect(await leftovers(spec.slot)).toEqual([]);
    });

    it('are held up when nobody reads, and give every byte to whoever takes them over', async () => {
      const lines =
        'i=0; while [ $i -lt 3000 ]; do printf "%04000d\\n" $i; i=$((i+1)); done; printf "%020000d\\n" 7; exec sleep 1000';
      const spec = { ...specOf(newSlot()), services: [service('loud', lines)] };
      const sandbox = await executor().create(spec, () => undefined);
      await sandbox.servicesReady(never);
      const first = (sandbox.services as [ServiceRun])[0].output[Symbol.asyncIterator]();
      await first.next();
      await sandbox.detach();
      const successor = (await makeExecutor().adopt(spec)) as Sandbox;
      const [run] = successor.services as [ServiceRun];
      let text = '';
      for await (const bytes of run.output) {
        text += bytes.toString('latin1');
        if (text.length >= 3000 * 4001 + 20001) break;
      }
      const expected = Array.from({ length: 3000 }, (_, index) => `${String(index).padStart(4000, '0')}\n`).join('');
      expect(text === `${expected}${'7'.padStart(20_000, '0')}\n`).toBe(true);
      await successor.remove();
      expect(await leftovers(spec.slot)).toEqual([]);
    });
  });

  describe('images and users of steps', () => {
    it('see the same workspace, HOME and what is handed on', async () => {
      const sandbox = await create({ stepImages: [images.other] });
      await finish(sandbox, does({ write: { file: 'one', '~/h': 'h' }, env: 'A=1' }));
      const there = does({ show: ['file', '~/h'], write: { file: 'two' }, env: 'A=2', output: 'B=3', where: true }, 2);
      expect(await finish(sandbox, { ...there, image: images.other })).toMatchObject({
        output: `oneh${sandbox.workspace}\n`,
        code: 0,
      });
      expect(await finish(sandbox, does({ show: 'file' }, 3))).toMatchObject({ output: 'two', code: 0 });
      const exchange = await sandbox.exchange();
      expect([exchange.environment.toString(), exchange.outputs.toString()]).toEqual(['A=1\nA=2\n', 'B=3\n']);
    });

    if (!runsCommands) return;

    it('share workspace, HOME and what is handed on with the other steps', async () => {
      const sandbox = await create({ stepImages: [images.other] });
      const at = { image: images.other };
      expect(await finish(sandbox, step('echo one >file; echo x >"$HOME/h"; echo A=1 >>"$CAIRN_ENV"'))).toMatchObject({
        code: 0,
      });
      const script =
        'cat file; echo two >>file; rm "$HOME/h"; echo A=2 >>"$CAIRN_ENV"; echo B=3 >>"$CAIRN_OUTPUT"; touch /tmp/only-here; pwd';
      expect(await finish(sandbox, step(script, 2, {}, at))).toMatchObject({
        output: `one\n${sandbox.workspace}\n`,
        code: 0,
      });
      const back = await finish(
        sandbox,
        step('cat file; ls "$HOME"; [ -O file ]; ls /tmp/only-here || echo not here', 3),
      );
      expect(back.output).toMatch(/^one\ntwo\n[^]*not here\n$/);
      const exchange = await sandbox.exchange();
      expect([exchange.environment.toString(), exchange.outputs.toString()]).toEqual(['A=1\nA=2\n', 'B=3\n']);
      const again = await finish(sandbox, step('ls /tmp/only-here; exit 4', 4, {}, at));
      expect(again).toMatchObject({ output: '/tmp/only-here\n', code: 4 });
    });

    it.each([
      ['builder', '1234:4321'],
      ['1234', '1234:4321'],
      ['root', '0:0'],
      ['0:0', '0:0'],
    ])('run as %s, to whom workspace and HOME then belong', async (user, ids) => {
      const sandbox = await create({ stepUsers: true });
      await finish(sandbox, step('mkdir -p dir; echo x >dir/file; ln -s /etc/passwd link'));
      const script =
        'grep -E "^(Uid|Gid)" /proc/self/status; [ -O . ] && [ -O dir/file ] && [ -O "$HOME" ] && echo mine; echo y >>dir/file; echo U=1 >>"$CAIRN_ENV"; false; echo went on';
      const { output, code } = await finish(sandbox, step(script, 2, { PATH: '/bin:/usr/bin' }, { user }));
      const [uid = '', gid = ''] = ids.split(':');
      expect(output.replace(/\s+/g, ' ')).toBe(`Uid: ${`${uid} `.repeat(4)}Gid: ${`${gid} `.repeat(4)}mine `);
      expect(code).toBe(1);
      const next = await finish(
        sandbox,
        step('cat dir/file; [ -O dir/file ] && echo mine; echo U=2 >>"$CAIRN_ENV"', 3),
      );
      expect(next).toMatchObject({ output: 'x\ny\nmine\n', code: 0 });
      expect((await sandbox.exchange()).environment.toString()).toBe('U=1\nU=2\n');
    });

    it('run as a user that an earlier step has made, and say when there is none', async () => {
      const sandbox = await create({ stepUsers: true });
      const missing = await finish(sandbox, step('echo ran', 1, {}, { user: 'late' }));
      expect(missing).toMatchObject({ output: 'cairn: the user late is not in this image\n', code: 126 });
      await finish(sandbox, step('echo "late:x:77:88::/tmp:/bin/sh" >>/etc/passwd', 2, {}, { user: 'root' }));
      const late = await finish(sandbox, step('grep Uid /proc/self/status', 3, {}, { user: 'late' }));
      expect(late).toMatchObject({ code: 0 });
      expect(late.output).toMatch(/77/);
    });

    it('can be stopped, and are ended with all that they leave', async () => {
      const sandbox = await create({ stepImages: [images.other], stepUsers: true });
      const running = sandbox.run(
        step(
          "trap 'echo cleaned up; exit 7' TERM; echo up; while :; do sleep 0.05; done",
          1,
          {},
          { image: images.other, user: 'builder' },
        ),
      );
      const bytes = running.output[Symbol.asyncIterator]();
      expect((await bytes.next()).value?.toString()).toBe('up\n');
      await running.stop(60_000);
      let rest = '';
      for (let next = await bytes.next(); !next.done; next = await bytes.next()) rest += next.value.toString();
      expect(rest).toContain('cleaned up');
      expect((await running.exit).code).toBe(7);
      const left = await finish(sandbox, step('sleep 1000 & echo left', 2, {}, { user: 'builder' }));
      expect(left).toMatchObject({ output: 'left\n', code: 0 });
    });

    it('are adopted in mid-step, which is not executed twice', async () => {
      const spec = { ...specOf(newSlot()), stepImages: [images.other], stepUsers: true };
      const at = { image: images.other, user: 'builder' };
      const sandbox = await executor().create(spec, () => undefined);
      await finish(sandbox, step('echo before >>runs'));
      const script = 'echo run >>runs; echo begun; while ! [ -e go ]; do sleep 0.02; done; cat runs; exit 5';
      const running = sandbox.run(step(script, 2, {}, at));
      expect((await running.output[Symbol.asyncIterator]().next()).value?.toString()).toBe('begun\n');
      await sandbox.detach();
      const successor = (await makeExecutor().adopt(spec)) as Sandbox;
      const again = successor.run(step(script, 2, {}, at));
      const output = (async () => {
        let text = '';
        for await (const bytes of again.output) text += bytes.toString();
        return text;
      })();
      await again.accepted;
      await successor.unpack(archive({ go: '' }));
      expect(await output).toBe('begun\nbefore\nrun\n');
      expect((await again.exit).code).toBe(5);
      expect((await finish(successor, step('cat runs', 3))).output).toBe('before\nrun\n');
    });
  });
};
