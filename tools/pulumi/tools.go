//go:build tools

// Package tools pins Pulumi's command line, which has no prebuilt binary in any package registry.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
