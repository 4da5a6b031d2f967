export * from './builders.js';
export * from './eventually.js';
export * from './specify.js';
export * from './start-nats.js';
export * from './start-s3.js';
