package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/test"
	"sigs.k8s.io/karpenter/pkg/utils/nodepool"
)

// The label of v1alpha5 that names a node's Provisioner; v1 says v1.NodePoolLabelKey.
const provisionerLabel = "karpenter.sh/provisioner-name"

// When pods without a creation time were created: all at once, so that their order in the file decides ties.
var createdAt = metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// question is a problem file in Karpenter's own objects.
type question struct {
	name              string
	ignorePreferences bool
	instanceTypes     []*cloudprovider.InstanceType
	nodePools         []*v1.NodePool // by weight
	pending           []*corev1.Pod
	bound             []*corev1.Pod
	nodes             []*corev1.Node
	daemons           []*corev1.Pod
}

type problemFile struct {
	Name              string             `json:"name"`
	InstanceTypesFile string             `json:"instanceTypesFile"`
	InstanceTypes     []typeRecord       `json:"instanceTypes"`
	Provisioners      []provisioner      `json:"provisioners"`
	Pods              []*corev1.Pod      `json:"pods"`
	PodSets           []podSet           `json:"podSets"`
	DaemonSets        []appsv1.DaemonSet `json:"daemonSets"`
	Nodes             []*corev1.Node     `json:"nodes"`
	Options           struct {
		PreferencePolicy string `json:"preferencePolicy"`
	} `json:"options"`
}

type podSet struct {
	Count    int        `json:"count"`
	Template corev1.Pod `json:"template"`
}

type provisioner struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Labels        map[string]string                `json:"labels"`
		Annotations   map[string]string                `json:"annotations"`
		Taints        []corev1.Taint                   `json:"taints"`
		StartupTaints []corev1.Taint                   `json:"startupTaints"`
		Requirements  []corev1.NodeSelectorRequirement `json:"requirements"`
		Limits        *struct {
			Resources corev1.ResourceList `json:"resources"`
		} `json:"limits"`
		Weight *int32 `json:"weight"`
	} `json:"spec"`
}

func readQuestion(path string) (*question, error) {
	file := problemFile{}
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	if file.InstanceTypesFile != "" {
		typesPath := file.InstanceTypesFile
		if !filepath.IsAbs(typesPath) {
			typesPath = filepath.Join(filepath.Dir(path), typesPath)
		}
		more := struct {
			InstanceTypes []typeRecord `json:"instanceTypes"`
		}{}
		if err := readJSON(typesPath, &more); err != nil {
			return nil, err
		}
		file.InstanceTypes = append(file.InstanceTypes, more.InstanceTypes...)
	}
	if len(file.InstanceTypes) == 0 || len(file.Provisioners) == 0 {
		return nil, errors.New(path + ": holds no instance type or no provisioner")
	}
	q := &question{
		name:              file.Name,
		ignorePreferences: file.Options.PreferencePolicy == "Ignore",
		instanceTypes:     instanceTypesOf(file.InstanceTypes),
	}
	for _, each := range file.Provisioners {
		q.nodePools = append(q.nodePools, nodePoolOf(each))
	}
	nodepool.OrderByWeight(q.nodePools)
	for index, pod := range append(file.Pods, expand(file.PodSets)...) {
		complete(pod, index)
		if pod.Spec.NodeName == "" {
			q.pending = append(q.pending, pod)
		} else {
			q.bound = append(q.bound, pod)
		}
	}
	for _, node := range file.Nodes {
		q.nodes = append(q.nodes, ownedNode(node))
	}
	for i := range file.DaemonSets {
		q.daemons = append(q.daemons, daemonPod(&file.DaemonSets[i]))
	}
	return q, nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func expand(sets []podSet) []*corev1.Pod {
	pods := []*corev1.Pod{}
	for s := range sets {
		name := sets[s].Template.Name
		if name == "" {
			name = fmt.Sprintf("set%d", s)
		}
		for i := range sets[s].Count {
			pod := sets[s].Template.DeepCopy()
			pod.Name, pod.UID = fmt.Sprintf("%s-%d", name, i), ""
			pods = append(pods, pod)
		}
	}
	return pods
}

// complete fills in what the API server would have: the scheduler keys its caches by uid and sorts by creation.
func complete(pod *corev1.Pod, position int) {
	if pod.Namespace == "" {
		pod.Namespace = metav1.NamespaceDefault
	}
	if pod.UID == "" {
		pod.UID = types.UID(fmt.Sprintf("%08d-0000-4000-8000-%012d", 0, position))
	}
	if pod.CreationTimestamp.IsZero() {
		pod.CreationTimestamp = createdAt
	}
}

// ownedNode is the node as v1 knows it: with the pool's label beside the Provisioner's, and with the id that cluster state needs.
func ownedNode(node *corev1.Node) *corev1.Node {
	if owner, ok := node.Labels[provisionerLabel]; ok {
		node.Labels[v1.NodePoolLabelKey] = owner
	}
	if node.Spec.ProviderID == "" {
		node.Spec.ProviderID = "problem:///" + node.Name
	}
	return node
}

// claimInStart is the NodeClaim of a node that a pool bought and that is not done with its start: only of nodes with a claim does Karpenter
// pass over the taints of the start. Other nodes need none.
func (q *question) claimInStart(node *corev1.Node) *v1.NodeClaim {
	if node.Labels[v1.NodeInitializedLabelKey] == "true" {
		return nil
	}
	for _, pool := range q.nodePools {
		if pool.Name != node.Labels[v1.NodePoolLabelKey] {
			continue
		}
		claim := &v1.NodeClaim{ObjectMeta: metav1.ObjectMeta{Name: "claim-" + node.Name, Labels: node.Labels}}
		claim.Spec.Taints, claim.Spec.StartupTaints = pool.Spec.Template.Spec.Taints, pool.Spec.Template.Spec.StartupTaints
		claim.Status.ProviderID, claim.Status.NodeName = node.Spec.ProviderID, node.Name
		claim.Status.Capacity, claim.Status.Allocatable = node.Status.Capacity, node.Status.Allocatable
		return claim
	}
	return nil
}

func daemonPod(set *appsv1.DaemonSet) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: set.Spec.Template.ObjectMeta, Spec: set.Spec.Template.Spec}
	pod.Name, pod.Namespace = set.Name, set.Namespace
	if pod.Namespace == "" {
		pod.Namespace = metav1.NamespaceDefault
	}
	pod.UID = types.UID("daemon-" + pod.Namespace + "-" + pod.Name)
	return pod
}

// nodePoolOf is the NodePool that means the same to the scheduler as the Provisioner. Nothing is defaulted: what v1alpha5's webhook would
// add must stand in the file.
func nodePoolOf(from provisioner) *v1.NodePool {
	pool := test.NodePool(v1.NodePool{})
	pool.Name = from.Metadata.Name
	pool.Spec.Weight = from.Spec.Weight
	pool.Spec.Limits = nil // the test builder's is 2,000 cpu
	if from.Spec.Limits != nil {
		pool.Spec.Limits = v1.Limits(from.Spec.Limits.Resources)
	}
	template := &pool.Spec.Template
	template.Labels = map[string]string{provisionerLabel: from.Metadata.Name}
	for key, value := range from.Spec.Labels {
		template.Labels[key] = value
	}
	template.Annotations = from.Spec.Annotations
	template.Spec.Taints = from.Spec.Taints
	template.Spec.StartupTaints = from.Spec.StartupTaints
	template.Spec.Requirements = nil
	for _, each := range from.Spec.Requirements {
		template.Spec.Requirements = append(template.Spec.Requirements,
			v1.NodeSelectorRequirementWithMinValues{Key: each.Key, Operator: each.Operator, Values: each.Values})
	}
	return pool
}
