package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	fakeclient "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/fake"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
)

// world is the cluster that one solve starts from. A solve changes pods and spends its scheduler, so each has a world of its own.
type world struct {
	client  client.Client
	cluster *state.Cluster
	clock   clock.Clock
	pending []*corev1.Pod
}

func newWorld(ctx context.Context, q *question) (*world, error) {
	byNode := func(object client.Object) []string { return []string{object.(*corev1.Pod).Spec.NodeName} }
	// Nothing is applied here, and the default converters parse the whole API's schema: longer than a small problem takes.
	converter := managedfields.NewDeducedTypeConverter()
	w := &world{
		client: fakeclient.NewClientBuilder().WithTypeConverters(converter).WithIndex(&corev1.Pod{}, "spec.nodeName", byNode).Build(),
		clock:  clock.RealClock{},
	}
	provider := fake.NewCloudProvider()
	provider.InstanceTypes = q.instanceTypes
	w.cluster = state.NewCluster(w.clock, w.client, provider)
	// Nodes come first: each update of a node lists its pods, for which the fake client reads all pods there are.
	for _, node := range q.nodes {
		if err := w.client.Create(ctx, node.DeepCopy()); err != nil {
			return nil, err
		}
		if err := w.cluster.UpdateNode(ctx, node.DeepCopy()); err != nil {
			return nil, err
		}
		if claim := q.claimInStart(node); claim != nil {
			w.cluster.UpdateNodeClaim(claim)
		}
	}
	for _, pod := range q.bound {
		if err := w.client.Create(ctx, pod.DeepCopy()); err != nil {
			return nil, err
		}
		if err := w.cluster.UpdatePod(ctx, pod.DeepCopy()); err != nil {
			return nil, err
		}
	}
	w.pending = copies(q.pending)
	return w, nil
}

// scheduler is one that has not solved anything yet, over these nodes of the world.
func (w *world) scheduler(
	ctx context.Context, q *question, pods []*corev1.Pod, nodes []*state.StateNode, workers int,
) (*scheduling.Scheduler, error) {
	settings := []scheduling.Options{scheduling.NumConcurrentReconciles(workers)}
	if q.ignorePreferences {
		settings = append(settings, scheduling.IgnorePreferences)
	}
	typesByPool := map[string][]*cloudprovider.InstanceType{}
	for _, pool := range q.nodePools {
		typesByPool[pool.Name] = q.instanceTypes
	}
	topology, err := scheduling.NewTopology(ctx, w.client, w.cluster, nodes, q.nodePools, typesByPool, pods, settings...)
	if err != nil {
		return nil, err
	}
	recorder := events.NewRecorder(&record.FakeRecorder{})
	// The two nils: no volumes, no allocator of dynamic resources. Neither is part of a problem file.
	return scheduling.NewScheduler(ctx, w.client, q.nodePools, w.cluster, nodes, topology, typesByPool, q.daemons,
		recorder, w.clock, nil, nil, settings...), nil
}

func copies(pods []*corev1.Pod) []*corev1.Pod {
	list := make([]*corev1.Pod, 0, len(pods))
	for _, pod := range pods {
		list = append(list, pod.DeepCopy())
	}
	return list
}
