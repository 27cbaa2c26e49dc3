// Command karpenter-scheduler answers problem files with the scheduler of Karpenter itself: the package that its controller runs, set up
// as its own scheduling benchmark sets it up (a fake API client, no cloud). A result says what was decided and what it cost to decide; there
// is one line of JSON for each file, in the order of the files.
//
//	karpenter-scheduler [-workers N] [-repetitions N] [-detail summary|nodes|full] FILE...
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/karpenter/pkg/operator/injection"
	"sigs.k8s.io/karpenter/pkg/operator/logging"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	"sigs.k8s.io/karpenter/pkg/test"
)

type flags struct {
	files       []string
	workers     int
	repetitions int
	detail      string
	timeout     time.Duration
	consolidate int
	errors      int
}

func readFlags() flags {
	f := flags{}
	flag.IntVar(&f.workers, "workers", 1, "workers of one solve: ceil(CPU_REQUESTS) in production, which is 1 by default; 5 in Karpenter's benchmark")
	flag.IntVar(&f.repetitions, "repetitions", 1, "solves, each by a fresh scheduler")
	flag.StringVar(&f.detail, "detail", "nodes", "summary, nodes, or full: with every instance type left and every pod by name")
	flag.DurationVar(&f.timeout, "timeout", 0, "deadline of a solve; 0 is none, production has 1m")
	flag.IntVar(&f.consolidate, "consolidate", 0, "time the simulated removal of so many nodes too, one by one")
	flag.IntVar(&f.errors, "errors", 5, "texts to print of why pods have no place")
	flag.Parse()
	f.files = flag.Args()
	known := f.detail == "summary" || f.detail == "nodes" || f.detail == "full"
	if len(f.files) == 0 || !known || f.workers < 1 || f.repetitions < 1 {
		flag.Usage()
		os.Exit(2)
	}
	return f
}

func main() {
	f := readFlags()
	log.SetLogger(logging.NopLogger)
	ctx := options.ToContext(injection.WithControllerName(context.Background(), "provisioner"), test.Options())

	encoder := json.NewEncoder(os.Stdout)
	for _, path := range f.files {
		result, problem := run(ctx, path, f)
		if problem == nil {
			problem = encoder.Encode(result)
		}
		if problem != nil {
			fmt.Fprintln(os.Stderr, "karpenter-scheduler:", problem)
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, path string, f flags) (map[string]any, error) {
	loadBefore := loadAverage()
	startedAt := time.Now()
	q, err := readQuestion(path)
	if err != nil {
		return nil, err
	}
	decode := time.Since(startedAt)
	out, err := answer(ctx, q, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out["decodeMs"] = milliseconds(decode)
	out["maxRssMiB"] = maxRSSMiB() // before consolidation, which builds worlds of its own
	if f.consolidate > 0 {
		if out["consolidation"], err = simulateRemovals(ctx, q, f.consolidate); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	out["problem"] = map[string]any{
		"name": q.name, "file": filepath.Base(path), "pods": len(q.pending), "boundPods": len(q.bound), "nodes": len(q.nodes),
		"instanceTypes": len(q.instanceTypes), "provisioners": len(q.nodePools), "daemonSets": len(q.daemons),
	}
	out["run"] = map[string]any{
		"scheduler": "sigs.k8s.io/karpenter " + moduleVersion("sigs.k8s.io/karpenter"), "go": runtime.Version(),
		"gomaxprocs": runtime.GOMAXPROCS(0), "workers": f.workers, "timeout": f.timeout.String(),
		"loadAverageBefore": loadBefore, "loadAverageAfter": loadAverage(),
	}
	return out, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is what the process has used so far, of user and system, on all threads: the garbage collector's work is in it.
func cpuTime() time.Duration {
	usage := syscall.Rusage{}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // fails only for a bad address
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func maxRSSMiB() int64 {
	usage := syscall.Rusage{}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Maxrss / 1024
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 3 {
		return strings.Join(fields[:3], " ")
	}
	return ""
}

func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == path {
				return dependency.Version
			}
		}
	}
	return "of unknown version"
}
