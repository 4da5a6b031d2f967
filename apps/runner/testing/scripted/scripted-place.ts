import { existsSync } from 'node:fs';
import { appendFile, chmod, link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HostPlace } from '../../src/executor/host-place.js';
import type { ScriptedService } from './scripted-service.js';
import type { ScriptedStep } from './scripted-step.js';

/** Where the steps believe to be. */
export const TREE = '/cairn';
export const WORKSPACE = `${TREE}/workspace`;

type Thing = Readonly<{ kind: 'file' | 'link' | 'hardlink' | 'folder'; path: string; content: string }>;

const LOOK_MS = 5;

/** One job's place: files in a directory, and the steps it has taken. It outlives the process that made it, as a container does. */
export class ScriptedPlace {
  readonly steps = new Map<number, ScriptedStep>();
  private readonly files: HostPlace;
  #isLost = false;

  constructor(
    readonly slot: string,
    readonly directory: string,
    readonly services: readonly ScriptedService[],
  ) {
    this.files = HostPlace.make(directory);
  }

  /** Nothing can be run in it any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
  }

  get hasExchange(): boolean {
    return this.files.hasExchange;
  }

  readExchange(): ReturnType<HostPlace['readExchange']> {
    return this.files.readExchange();
  }

  clear(): Promise<void> {
    return this.files.clear();
  }

  /** Whether a step could begin there. `directory`: as steps see it. */
  hasDirectory(directory: string): boolean {
    return directory === '/' || existsSync(this.inside(directory));
  }

  contentOf(path: string, directory: string): Promise<Buffer | undefined> {
    return readFile(this.at(path, directory)).catch(() => undefined);
  }

  async put({ kind, path, content }: Thing, directory: string): Promise<void> {
    const place = this.at(path, directory);
    await mkdir(kind === 'folder' ? place : dirname(place), { recursive: true });
    if (kind === 'file') await writeFile(place, content);
    if (kind === 'link') await symlink(content, place);
    if (kind === 'hardlink') await link(this.at(content, directory), place);
  }

  makeExecutable(path: string, directory: string): Promise<void> {
    return chmod(this.at(path, directory), 0o755);
  }

  handOn(to: 'env' | 'output', lines: readonly string[]): Promise<void> {
    const { environment, outputs } = this.files.exchange;
    return appendFile(to === 'env' ? environment : outputs, lines.map((line) => `${line}\n`).join(''));
  }

  async spoil(how: 'link' | 'folder'): Promise<void> {
    const { environment } = this.files.exchange;
    await (how === 'link' ? symlink('/etc/passwd', environment) : mkdir(environment));
  }

  /** Settles when the file is there, or `isOver`. */
  async until(path: string, directory: string, isOver: () => boolean): Promise<void> {
    while (!existsSync(this.at(path, directory)) && !isOver()) await pause(LOOK_MS);
  }

  private at(path: string, directory: string): string {
    return path.startsWith('~/') ? join(this.files.home, path.slice(2)) : join(this.inside(directory), path);
  }

  private inside(directory: string): string {
    return join(this.directory, posix.relative(TREE, directory));
  }
}
