// For the container's own health check: `node deploy/healthcheck.mjs <port>` asks the service on loopback.
const healthy = await fetch(`http://127.0.0.1:${process.argv[2]}/healthz`).then(
  ({ ok }) => ok,
  () => false,
);
process.exitCode = healthy ? 0 : 1;
