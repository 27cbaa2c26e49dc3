import { parentPort } from 'node:worker_threads';
import { FakeApiServer } from './fake-api-server.ts';

// A fake API server on a thread of its own, for tests that hold their main thread. Tells its kubeconfig; any message stops it.
const server = await new FakeApiServer().start();
parentPort?.postMessage(server.kubeConfig().exportConfig());
parentPort?.once('message', () => void server.stop());
