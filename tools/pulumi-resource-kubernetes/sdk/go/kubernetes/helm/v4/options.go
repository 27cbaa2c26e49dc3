// Package v4 declares the options of the v4 Chart, which this project does not use but the provider compiles.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

type (
	// RepositoryOpts is where a chart comes from.
	RepositoryOpts struct {
		Repo     *string               `pulumi:"repo"`
		Username *string               `pulumi:"username"`
		Password *string               `pulumi:"password"`
		CaFile   pulumi.AssetOrArchive `pulumi:"caFile"`
		CertFile pulumi.AssetOrArchive `pulumi:"certFile"`
		KeyFile  pulumi.AssetOrArchive `pulumi:"keyFile"`
	}
	// PostRenderer is a command through which rendered manifests go.
	PostRenderer struct {
		Command string   `pulumi:"command"`
		Args    []string `pulumi:"args"`
	}
	// RepositoryOptsInput is its input form.
	RepositoryOptsInput = pulumi.Input
	// PostRendererInput is its input form.
	PostRendererInput = pulumi.Input
)
