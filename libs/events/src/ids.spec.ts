import fc from 'fast-check';
import { InvalidSubjectToken } from '#errors';
import {
  buildId,
  firstSequenceOf,
  githubRepoId,
  isBuildId,
  isEventName,
  isGuid,
  isJobId,
  isJobName,
  isPool,
  isRepoId,
  isRunnerId,
  jobId,
  token,
} from './ids.js';

describe('ids', () => {
  it('of a build begin with the sequence at which its events begin', () => {
    fc.assert(
      fc.property(fc.nat(1e13), fc.string(), (sequence, origin) => {
        const id = buildId(sequence, origin);
        expect(isBuildId(id)).toBe(true);
        expect(firstSequenceOf(id)).toBe(Math.max(1, sequence));
      }),
    );
  });

  it('of builds sort by time as text', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 1e12 }), fc.string(), fc.string(), (at, later, a, b) => {
        expect(buildId(at, a) < buildId(at + later, b)).toBe(true);
      }),
    );
  });

  it('of builds are the same for the same origin, and others for another', () => {
    expect(buildId(7, 'x')).toBe(buildId(7, 'x'));
    expect(buildId(7, 'x')).not.toBe(buildId(7, 'y'));
  });

  it('of jobs are the name, and with a matrix a hash of the cell, whatever the order of its keys', () => {
    expect(jobId('test')).toBe('test');
    expect(jobId('test', { node: 22, os: 'x' })).toBe(jobId('test', { os: 'x', node: 22 }));
    expect(jobId('test', { node: 22 })).not.toBe(jobId('test', { node: '22' }));
    expect(isJobId(jobId('a'.repeat(63), { node: 22 }))).toBe(true);
  });

  it('of repositories are the forge’s', () => {
    expect(githubRepoId(42)).toBe('gh-42');
    expect(isRepoId('gh-42')).toBe(true);
  });

  it.each([
    ['a build', isBuildId],
    ['a job', isJobId],
    ['a job name', isJobName],
    ['a GUID', isGuid],
    ['a repository', isRepoId],
    ['a pool', isPool],
    ['a runner', isRunnerId],
    ['an event', isEventName],
  ])('of %s hold nothing that means something in a subject, a path or markup', (_, valid) => {
    for (const text of ['', '*', '>', 'a.b', 'a b', '../x', 'a/b', 'a\n', '\na', '<b>', 'a\u0000', 'ä', '-', '$SYS'])
      expect(valid(text)).toBe(false);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (valid(text)) expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('that do not fit are refused, and said in short', () => {
    expect(token('a pool', isPool, 'gpu')).toBe('gpu');
    expect(() => token('a pool', isPool, 'x>')).toThrow(InvalidSubjectToken);
    expect(() => token('a pool', isPool, 'x'.repeat(5_000))).toThrow(/^.{0,200}$/);
  });
});
