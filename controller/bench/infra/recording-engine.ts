import * as grpc from '@grpc/grpc-js';
import engineServices from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js';
import resourceServices from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import resourceMessages from '@pulumi/pulumi/proto/resource_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { answerInvoke, computedOutputs } from './answers.ts';

/** Without which the program does not run; all others mean more calls than are answered here. */
const FEATURES = ['deletedWith'];

const { Struct } = structs;
const { Empty } = empties;

/** A resource as the program asked for it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** On `performance.now()`'s clock. */
  readonly atMs: number;
}

export interface RecordingEngine {
  /** For --monitor and --engine. */
  readonly address: string;
  /** In order of registration. */
  readonly registrations: readonly Registration[];
  /** Errors that the program logged. */
  readonly errors: readonly string[];
  close(): void;
}

/**
 * The two services that a Pulumi program talks to, as an engine that makes nothing and answers at once: what is timed against it is
 * the program and its loader, not providers. Enough of the protocol for programs without hooks, transforms and multi-language
 * components.
 */
export async function startRecordingEngine(): Promise<RecordingEngine> {
  const registrations: Registration[] = [];
  const errors: string[] = [];
  const server = new grpc.Server();
  server.addService(resourceServices.ResourceMonitorService, monitor(registrations));
  server.addService(engineServices.EngineService, engine(errors));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, registrations, errors, close: () => server.forceShutdown() };
}

/** Handlers of the calls that the runtime makes; gRPC answers UNIMPLEMENTED to all others, which the runtime takes for "no". */
function monitor(registrations: Registration[]): grpc.UntypedServiceImplementation {
  return {
    supportsFeature: unary((request: InstanceType<typeof resourceMessages.SupportsFeatureRequest>) =>
      new resourceMessages.SupportsFeatureResponse().setHassupport(FEATURES.includes(request.getId())),
    ),
    registerResource: unary((request: InstanceType<typeof resourceMessages.RegisterResourceRequest>) => {
      const [type, name] = [request.getType(), request.getName()];
      registrations.push({ type, name, atMs: performance.now() });
      const response = new resourceMessages.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:bench::karpenter-gitops::${type}::${name}`);
      if (request.getCustom()) response.setId(name);
      const inputs = request.getObject()?.toJavaScript() ?? {};
      response.setObject(Struct.fromJavaScript({ ...inputs, ...computedOutputs(type, name) } as never));
      return response;
    }),
    registerResourceOutputs: unary(() => new Empty()),
    signalAndWaitForShutdown: unary(() => new Empty()),
    invoke: unary((request: InstanceType<typeof resourceMessages.ResourceInvokeRequest>) => {
      const answer = answerInvoke(request.getTok(), request.getArgs()?.toJavaScript() ?? {});
      if (answer === undefined) throw new Error(`no answer to ${request.getTok()}`);
      return new resourceMessages.ResourceInvokeResponse().setReturn(Struct.fromJavaScript(answer as never));
    }),
  };
}

function engine(errors: string[]): grpc.UntypedServiceImplementation {
  let root = '';
  return {
    log: unary((request: InstanceType<typeof engineMessages.LogRequest>) => {
      if (request.getSeverity() === engineMessages.LogSeverity.ERROR) errors.push(request.getMessage());
      return new Empty();
    }),
    getRootResource: unary(() => new engineMessages.GetRootResourceResponse().setUrn(root)),
    setRootResource: unary((request: InstanceType<typeof engineMessages.SetRootResourceRequest>) => {
      root = request.getUrn();
      return new engineMessages.SetRootResourceResponse();
    }),
    requirePulumiVersion: unary(() => new engineMessages.RequirePulumiVersionResponse()),
  };
}

function unary<Request, Response>(answer: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, message: (error as Error).message });
    }
  };
}
