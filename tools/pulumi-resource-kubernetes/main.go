// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its published module.
//
// Upstream's own command embeds a generated schema that the module does not carry. Only GetSchema and `pulumi import` read it,
// so an empty one serves preview, up, refresh and destroy.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// version is what the engine is told: it must satisfy the range that the Node SDK of package.json asks for.
const version = "4.34.2"

func main() {
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes"}`), []byte("{}"))
}
