// Package kubernetes replaces the generated Go SDK of the provider's own module: about ninety packages and 20 CPU minutes, of
// which the provider uses a handful of names.
package kubernetes

import "reflect"

// UntypedArgs are the fields of an object of any kind.
type UntypedArgs map[string]any

// ElementType makes them an input.
func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeOf((*map[string]any)(nil)).Elem() }
