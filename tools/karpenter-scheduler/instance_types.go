package main

import (
	"sort"

	corev1 "k8s.io/api/core/v1"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/scheduling"
)

type typeRecord struct {
	Name      string              `json:"name"`
	Arch      string              `json:"arch"`
	OS        []string            `json:"os"`
	Labels    map[string]string   `json:"labels"`
	Capacity  corev1.ResourceList `json:"capacity"`
	Overhead  corev1.ResourceList `json:"overhead"`
	Offerings []offeringRecord    `json:"offerings"`
}

type offeringRecord struct {
	Zone         string  `json:"zone"`
	CapacityType string  `json:"capacityType"`
	Price        float64 `json:"price"`
	Available    *bool   `json:"available"`
}

// What is well known before any problem is read.
var wellKnown = v1.WellKnownLabels.Clone()

// instanceTypesOf makes the labels of all records well known, as a cloud provider does when it starts. A record without one of them says
// DoesNotExist: an absent key would suit every value, and a pod that asks for a GPU model would land on any machine.
func instanceTypesOf(records []typeRecord) []*cloudprovider.InstanceType {
	keys := map[string]bool{}
	for _, record := range records {
		for key := range record.Labels {
			keys[key] = true
		}
	}
	v1.WellKnownLabels = wellKnown.Clone() // an earlier file's keys are none of this one's
	for key := range keys {
		v1.WellKnownLabels.Insert(key)
	}
	list := []*cloudprovider.InstanceType{}
	for _, record := range records {
		list = append(list, record.instanceType(sorted(keys)))
	}
	return list
}

func (record typeRecord) instanceType(labelKeys []string) *cloudprovider.InstanceType {
	offerings := cloudprovider.Offerings{}
	zones, capacityTypes := map[string]bool{}, map[string]bool{}
	for _, each := range record.Offerings {
		available := each.Available == nil || *each.Available
		if available {
			zones[each.Zone], capacityTypes[each.CapacityType] = true, true
		}
		offerings = append(offerings, &cloudprovider.Offering{
			Available: available,
			Price:     each.Price,
			Requirements: scheduling.NewLabelRequirements(map[string]string{
				corev1.LabelTopologyZone: each.Zone, v1.CapacityTypeLabelKey: each.CapacityType,
			}),
		})
	}
	requirements := scheduling.NewRequirements(
		in(corev1.LabelInstanceTypeStable, record.Name),
		in(corev1.LabelArchStable, record.Arch),
		in(corev1.LabelOSStable, record.OS...),
		in(corev1.LabelTopologyZone, sorted(zones)...),
		in(v1.CapacityTypeLabelKey, sorted(capacityTypes)...),
		absent(corev1.LabelWindowsBuild),
	)
	for _, key := range labelKeys {
		if value, ok := record.Labels[key]; ok {
			requirements.Add(in(key, value))
		} else {
			requirements.Add(absent(key))
		}
	}
	return &cloudprovider.InstanceType{
		Name:         record.Name,
		Requirements: requirements,
		Offerings:    offerings,
		Capacity:     record.Capacity,
		Overhead:     &cloudprovider.InstanceTypeOverhead{KubeReserved: record.Overhead},
	}
}

func in(key string, values ...string) *scheduling.Requirement {
	return scheduling.NewRequirement(key, corev1.NodeSelectorOpIn, values...)
}

func absent(key string) *scheduling.Requirement {
	return scheduling.NewRequirement(key, corev1.NodeSelectorOpDoesNotExist)
}

func sorted(set map[string]bool) []string {
	list := []string{}
	for each := range set {
		list = append(list, each)
	}
	sort.Strings(list)
	return list
}
