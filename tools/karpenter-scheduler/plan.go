package main

import (
	"sort"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
)

// plannedNode is a node that Karpenter would buy, as the result file tells it.
type plannedNode struct {
	Provisioner         string            `json:"provisioner"`
	InstanceType        string            `json:"instanceType"`
	Zone                string            `json:"zone"`
	CapacityType        string            `json:"capacityType"`
	Price               float64           `json:"price"`
	PodCount            int               `json:"podCount"`
	OptionCount         int               `json:"instanceTypeOptionCount"`
	Requests            map[string]string `json:"requests,omitempty"`
	Zones               []string          `json:"zones,omitempty"`
	InstanceTypeOptions []string          `json:"instanceTypeOptions,omitempty"`
	Pods                []string          `json:"pods,omitempty"`
}

type existingNode struct {
	Name     string   `json:"name"`
	PodCount int      `json:"podCount"`
	Pods     []string `json:"pods,omitempty"`
}

// plan is what a solve decided, and its sums.
type plan struct {
	nodes             []plannedNode
	existing          []existingNode
	podsOnNewNodes    int
	podsOnExisting    int
	costPerHour       float64
	used, allocatable map[corev1.ResourceName]float64
}

func planOf(q *question, results scheduling.Results, detail string) plan {
	p := plan{used: map[corev1.ResourceName]float64{}, allocatable: map[corev1.ResourceName]float64{}}
	for _, claim := range results.NewNodeClaims {
		options, offering := launchOptions(claim)
		node := describe(claim, options, offering, detail)
		p.nodes = append(p.nodes, node)
		p.podsOnNewNodes += node.PodCount
		p.costPerHour += node.Price
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			requested, room := claim.Spec.Resources.Requests[name], options[0].Allocatable()[name]
			p.used[name] += requested.AsApproximateFloat64()
			p.allocatable[name] += room.AsApproximateFloat64()
		}
	}
	sort.SliceStable(p.nodes, func(i, j int) bool { return p.nodes[i].Price > p.nodes[j].Price })
	for _, node := range results.ExistingNodes {
		if len(node.Pods) == 0 {
			continue
		}
		p.podsOnExisting += len(node.Pods)
		each := existingNode{Name: node.Name(), PodCount: len(node.Pods)}
		if detail == "full" {
			each.Pods = podNames(node.Pods)
		}
		p.existing = append(p.existing, each)
	}
	return p
}

func (p plan) fields(q *question, detail string) map[string]any {
	byType := map[string]int{}
	for _, node := range p.nodes {
		byType[node.InstanceType]++
	}
	out := map[string]any{
		"newNodeClaimCount": len(p.nodes), "instanceTypesUsed": byType, "costPerHour": p.costPerHour,
		"podsOnNewNodes": p.podsOnNewNodes, "podsOnExistingNodes": p.podsOnExisting,
		// After a deadline, a pod that nobody got to has no error; it is unscheduled all the same.
		"unscheduled": len(q.pending) - p.podsOnNewNodes - p.podsOnExisting,
	}
	if len(p.nodes) > 0 {
		out["utilisation"] = map[string]float64{
			"cpu":    p.used[corev1.ResourceCPU] / p.allocatable[corev1.ResourceCPU],
			"memory": p.used[corev1.ResourceMemory] / p.allocatable[corev1.ResourceMemory],
		}
	}
	if detail != "summary" {
		out["newNodeClaims"], out["existingNodes"] = orEmpty(p.nodes), orEmpty(p.existing)
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// launchOptions are the claim's instance types by their cheapest offering that the claim allows, then by name; and the first one's offering.
// On-demand capacity is bought so: EC2 is asked for the lowest price. Karpenter's own order breaks ties at random.
func launchOptions(claim *scheduling.NodeClaim) (cloudprovider.InstanceTypes, *cloudprovider.Offering) {
	options := append(cloudprovider.InstanceTypes{}, claim.InstanceTypeOptions...)
	sort.Slice(options, func(i, j int) bool { return options[i].Name < options[j].Name })
	cheapest := map[string]*cloudprovider.Offering{}
	for _, each := range options {
		if suitable := each.Offerings.Available().Compatible(claim.Requirements); len(suitable) > 0 {
			cheapest[each.Name] = suitable.Cheapest()
		}
	}
	sort.SliceStable(options, func(i, j int) bool {
		left, right := cheapest[options[i].Name], cheapest[options[j].Name]
		return left != nil && (right == nil || left.Price < right.Price)
	})
	return options, cheapest[options[0].Name]
}

func describe(
	claim *scheduling.NodeClaim, options cloudprovider.InstanceTypes, offering *cloudprovider.Offering, detail string,
) plannedNode {
	node := plannedNode{
		Provisioner: claim.NodePoolName, InstanceType: options[0].Name, PodCount: len(claim.Pods), OptionCount: len(options),
	}
	if offering != nil {
		node.Zone, node.CapacityType, node.Price = offering.Zone(), offering.CapacityType(), offering.Price
	}
	if detail == "summary" {
		return node
	}
	node.Requests = map[string]string{}
	for name, amount := range claim.Spec.Resources.Requests {
		node.Requests[string(name)] = amount.String()
	}
	node.Zones = openZones(claim)
	if detail == "full" {
		for _, each := range options {
			node.InstanceTypeOptions = append(node.InstanceTypeOptions, each.Name)
		}
		node.Pods = podNames(claim.Pods)
	}
	return node
}

// openZones are those in which the claim may still be launched. The values of its zone requirement would not tell: they may be what it excludes.
func openZones(claim *scheduling.NodeClaim) []string {
	zones := map[string]bool{}
	for _, each := range claim.InstanceTypeOptions {
		for _, offering := range each.Offerings.Available().Compatible(claim.Requirements) {
			zones[offering.Zone()] = true
		}
	}
	return sorted(zones)
}

func podNames(pods []*corev1.Pod) []string {
	names := []string{}
	for _, pod := range pods {
		names = append(names, podName(pod))
	}
	return names
}
