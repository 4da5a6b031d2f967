import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { BlobStoreUnavailable } from '#errors';
import { describeBlobStore } from './blob-store.contract.js';
import { S3BlobStore, type S3Settings } from './s3-blob-store.js';

/** A server that speaks S3 and is there for this: no package that the tests may install brings one. */
const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY = 'test', S3_SECRET_KEY = 'test' } = process.env;

const settings: S3Settings = {
  endpoint: endpoint ?? 'http://127.0.0.1:1',
  bucket: 'cairn-contract',
  region: 'us-east-1',
  accessKey: S3_ACCESS_KEY,
  secretKey: S3_SECRET_KEY,
  pathStyle: true,
};

const makeBucket = async (): Promise<void> => {
  const credentials = { accessKeyId: S3_ACCESS_KEY, secretAccessKey: S3_SECRET_KEY };
  const client = new S3Client({ ...settings, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket })).catch((error: Error) => {
    if (!/BucketAlready/.test(error.name)) throw error;
  });
};

if (endpoint !== undefined)
  describeBlobStore('S3', async () => {
    await makeBucket();
    return new S3BlobStore(settings, 'artifacts/');
  });

describe('S3BlobStore', () => {
  it('says that a server which is not there is not available', async () => {
    const store = new S3BlobStore({ ...settings, endpoint: 'http://127.0.0.1:1' }, '');
    await expect(store.head('a')).rejects.toThrow(BlobStoreUnavailable);
  });
});
