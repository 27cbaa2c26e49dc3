// Command control-plane is a whole Kubernetes control plane in one static binary: the tests start it once per part.
// One binary, because the parts share nearly all of their code: five would cost five links and five times the disk.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	_ "time/tzdata" // the host may have no zone files, and CronJobs name zones

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// parts maps the first argument to what it runs; each returns the exit code. The commands are built when they are called:
// building one registers its flags for the whole process.
var parts = map[string]func() int{
	"etcd":                    func() int { etcdmain.Main(os.Args); return 0 },
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kwok":                    kwok,
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		names := make([]string, 0, len(parts))
		for name := range parts {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "usage: control-plane %s [flags]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	// The parts read os.Args themselves and expect their own name at its head.
	os.Args = os.Args[1:]
	os.Exit(parts[os.Args[0]]())
}
