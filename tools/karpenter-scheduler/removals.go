package main

import (
	"context"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
)

// simulateRemovals times what a single-node consolidation pays for each of the first nodes by name: copy the cluster's state, build topology
// and scheduler over the other nodes, place the node's pods with one worker. The API's listings are not in it.
func simulateRemovals(ctx context.Context, q *question, nodesMax int) (map[string]any, error) {
	w, err := newWorld(ctx, q)
	if err != nil {
		return nil, err
	}
	podsByNode := map[string][]*corev1.Pod{}
	for _, pod := range q.bound {
		podsByNode[pod.Spec.NodeName] = append(podsByNode[pod.Spec.NodeName], pod)
	}
	nodes := append([]*corev1.Node{}, q.nodes...)
	sort.Slice(nodes, func(i, j int) bool { return nodes[i].Name < nodes[j].Name })
	nodes = nodes[:min(nodesMax, len(nodes))]

	timesMs := []float64{}
	copyMs, setupMs, solveMs, bestSaving := 0.0, 0.0, 0.0, 0.0
	deletable, replaceable := 0, 0
	cpuBefore, startedAt := cpuTime(), time.Now()
	for _, node := range nodes {
		copyAt := time.Now()
		others := without(w.cluster.DeepCopyNodes(), node.Name)
		setupAt := time.Now()
		pods := copies(podsByNode[node.Name])
		scheduler, err := w.scheduler(ctx, q, pods, others, 1)
		if err != nil {
			return nil, err
		}
		solveAt := time.Now()
		results, err := scheduler.Solve(ctx, pods)
		if err != nil {
			return nil, err
		}
		doneAt := time.Now()
		copyMs += milliseconds(setupAt.Sub(copyAt))
		setupMs += milliseconds(solveAt.Sub(setupAt))
		solveMs += milliseconds(doneAt.Sub(solveAt))
		timesMs = append(timesMs, milliseconds(doneAt.Sub(copyAt)))
		saving, isPossible := savingOf(q, node, results)
		switch {
		case isPossible && len(results.NewNodeClaims) == 0:
			deletable++
		case isPossible:
			replaceable++
		}
		bestSaving = max(bestSaving, saving)
	}
	wall, cpu := time.Since(startedAt), cpuTime()-cpuBefore
	count := float64(max(1, len(timesMs)))
	sort.Float64s(timesMs)
	return map[string]any{
		"nodes": len(q.nodes), "simulations": len(timesMs), "wallMs": milliseconds(wall), "cpuMs": milliseconds(cpu),
		"p50Ms": percentile(timesMs, 0.5), "p95Ms": percentile(timesMs, 0.95),
		"meanCopyMs": copyMs / count, "meanSetupMs": setupMs / count, "meanSolveMs": solveMs / count,
		"deletable": deletable, "replaceable": replaceable, "bestSingleSavingPerHour": bestSaving,
	}, nil
}

func without(nodes []*state.StateNode, name string) []*state.StateNode {
	others := []*state.StateNode{}
	for _, node := range nodes {
		if node.Name() != name {
			others = append(others, node)
		}
	}
	return others
}

// savingOf is what an hour costs less without the node, and whether its pods all have a place then: on other nodes or on one cheaper node.
func savingOf(q *question, node *corev1.Node, results scheduling.Results) (float64, bool) {
	if len(results.PodErrors) > 0 || len(results.NewNodeClaims) > 1 {
		return 0, false
	}
	price := priceOf(q, node)
	if len(results.NewNodeClaims) == 0 {
		return price, true
	}
	_, offering := launchOptions(results.NewNodeClaims[0])
	if offering == nil || offering.Price >= price {
		return 0, false
	}
	return price - offering.Price, true
}

func priceOf(q *question, node *corev1.Node) float64 {
	for _, each := range q.instanceTypes {
		if each.Name == node.Labels[corev1.LabelInstanceTypeStable] {
			price, _ := each.OfferingPrice(node.Labels[corev1.LabelTopologyZone], node.Labels[v1.CapacityTypeLabelKey])
			return price
		}
	}
	return 0
}

func percentile(ascending []float64, fraction float64) float64 {
	if len(ascending) == 0 {
		return 0
	}
	return ascending[min(len(ascending)-1, int(fraction*float64(len(ascending))))]
}
