import { LargeFileUnavailable, SourceUnavailable } from '#errors';
import { batchRequest, readBatch } from './batch.js';

const OID = 'ab'.repeat(32);
const ASKED = [{ oid: OID, size: 5 }];
const told = (object: object, more: object = {}): unknown =>
  readBatch(JSON.stringify({ ...more, objects: [{ oid: OID, size: 5, ...object }] }), ASKED).get(OID);
const download = { href: 'https://files.example/x', header: { A: 'b' } };

describe('the batch API of Git LFS', () => {
  it('is asked for downloads by sha256', () =>
    expect(JSON.parse(batchRequest(ASKED, 'refs/heads/main'))).toEqual({
      ...{ operation: 'download', transfers: ['basic'], hash_algo: 'sha256' },
      ...{ ref: { name: 'refs/heads/main' }, objects: ASKED },
    }));

  it('tells where an object is', () =>
    expect(told({ authenticated: true, actions: { download } }, { transfer: 'basic' })).toEqual({
      ...download,
      authenticated: true,
    }));

  it.each([
    ['it is not there', { error: { code: 404, message: 'no\nsuch\u0007' } }, LargeFileUnavailable, 'no such (404)'],
    ['the server is busy', { error: { code: 503, message: 'busy' } }, SourceUnavailable, 'busy (503)'],
    ['it has another size', { size: 6, actions: { download } }, LargeFileUnavailable, 'has 6 bytes, the commit says 5'],
    ['nothing is said of where', { actions: {} }, LargeFileUnavailable, 'does not say where it is'],
    ['the place is no text', { actions: { download: { href: 1 } } }, LargeFileUnavailable, 'does not say where'],
    ['it is not named', { oid: 'other' }, LargeFileUnavailable, 'says nothing about it'],
  ])('says why one cannot be had: %s', (_, object, type, words) => {
    const fault = told(object);
    expect(fault).toBeInstanceOf(type);
    expect((fault as Error).message).toContain(words);
  });

  it.each([
    ['<html>', 'it is not JSON'],
    ['null', 'it has no objects'],
    ['{"objects": {}}', 'it has no objects'],
    ['{"transfer": "tus", "objects": []}', 'it wants to transfer by tus'],
    ['{"hash_algo": "sha1", "objects": []}', 'it names objects by sha1'],
  ])('has answers that cannot be used: %s', (text, words) =>
    expect(() => readBatch(text, ASKED)).toThrow(`the answer of the server cannot be used: ${words}`),
  );

  it('may have objects that are nothing', () =>
    expect(readBatch('{"objects": [null, 5]}', ASKED).get(OID)).toBeInstanceOf(LargeFileUnavailable));
});
