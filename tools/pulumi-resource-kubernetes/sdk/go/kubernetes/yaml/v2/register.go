// Package v2 registers Kubernetes objects whose kinds are known only at run time.
package v2

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource registers one object; the core group is spelt out in its type.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input, opts ...pulumi.ResourceOption) (pulumi.CustomResource, error) {
	group := apiVersion
	if !strings.Contains(group, "/") {
		group = "core/" + group
	}
	resource := &pulumi.CustomResourceState{}
	err := ctx.RegisterResource("kubernetes:"+group+":"+kind, name, props, resource, opts...)
	return resource, err
}
