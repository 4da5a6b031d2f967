import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { BlobStoreUnavailable } from '#errors';
import { startS3, type TestS3 } from '#testing';
import { describeBlobStore } from './blob-store.contract.js';
import { S3BlobStore, type S3Settings } from './s3-blob-store.js';

/** `S3_ENDPOINT`: another server to be held to the contract. */
const { S3_ENDPOINT: other, S3_ACCESS_KEY = 'test', S3_SECRET_KEY = 'test' } = process.env;

type Server = Pick<TestS3, 'endpoint' | 'accessKey' | 'secretKey'>;
const settingsOf = ({ endpoint, accessKey, secretKey }: Server): S3Settings => ({
  ...{ endpoint, accessKey, secretKey },
  ...{ bucket: 'cairn-contract', region: 'us-east-1', pathStyle: true },
});

const makeBucket = async (settings: S3Settings): Promise<void> => {
  const credentials = { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey };
  const client = new S3Client({ ...settings, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket })).catch((error: Error) => {
    if (!/BucketAlready/.test(error.name)) throw error;
  });
};

describe('S3BlobStore', () => {
  let own: TestS3 | undefined;
  let server: Server;
  beforeAll(async () => {
    if (other === undefined) own = await startS3();
    server = own ?? { endpoint: other ?? '', accessKey: S3_ACCESS_KEY, secretKey: S3_SECRET_KEY };
    await makeBucket(settingsOf(server));
  });
  afterAll(() => own?.stop());

  describeBlobStore('S3', () => new S3BlobStore(settingsOf(server), 'artifacts/'));

  it('shares a bucket: what lies under another prefix is not seen', async () => {
    const [one, two] = [new S3BlobStore(settingsOf(server), 'one/'), new S3BlobStore(settingsOf(server), 'two/')];
    await one.put('prefixes/a', Readable.from([Buffer.from('a')]), { maxBytes: 9 });
    expect(await two.head('prefixes/a')).toBeUndefined();
    expect(await two.list('prefixes/').next()).toMatchObject({ done: true });
  });

  it('says that a server which is not there is not available', async () => {
    const store = new S3BlobStore({ ...settingsOf(server), endpoint: 'http://127.0.0.1:1' }, '');
    await expect(store.head('a')).rejects.toThrow(BlobStoreUnavailable);
  });
});
