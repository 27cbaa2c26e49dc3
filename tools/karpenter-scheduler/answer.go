package main

import (
	"context"
	"errors"
	"runtime"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
)

const errorTextMax = 400

// repetition is one solve, measured.
type repetition struct {
	SetupMs     float64 `json:"setupMs"` // topology and scheduler
	SolveMs     float64 `json:"solveMs"`
	SolveCPUMs  float64 `json:"solveCpuMs"`
	AllocMiB    float64 `json:"allocMiB"`
	Mallocs     uint64  `json:"mallocs"`
	Nodes       int     `json:"newNodeClaims"`
	PodErrors   int     `json:"podErrors"`
	CostPerHour float64 `json:"costPerHour"`
	TimedOut    bool    `json:"timedOut,omitempty"`
}

// answer solves as often as asked. Decisions are those of the last repetition, times those of the median one by wall time.
func answer(ctx context.Context, q *question, f flags) (map[string]any, error) {
	repetitions := []repetition{}
	out := map[string]any{}
	for range f.repetitions {
		measured, results, err := solveOnce(ctx, q, f)
		if err != nil {
			return nil, err
		}
		plan := planOf(q, results, f.detail)
		measured.CostPerHour = plan.costPerHour
		repetitions = append(repetitions, measured)
		out = plan.fields(q, f.detail)
		out["podErrors"] = len(results.PodErrors)
		out["podErrorSamples"] = errorSamples(results.PodErrors, f.errors)
	}
	out["reps"] = repetitions
	byWall := append([]repetition{}, repetitions...)
	sort.Slice(byWall, func(i, j int) bool { return byWall[i].SolveMs < byWall[j].SolveMs })
	median := byWall[len(byWall)/2]
	out["ms"], out["cpuMs"], out["setupMs"] = median.SolveMs, median.SolveCPUMs, median.SetupMs
	return out, nil
}

func solveOnce(ctx context.Context, q *question, f flags) (repetition, scheduling.Results, error) {
	none := scheduling.Results{}
	w, err := newWorld(ctx, q)
	if err != nil {
		return repetition{}, none, err
	}
	nodes := w.cluster.DeepCopyNodes()
	runtime.GC() // what making the world left behind is not the solve's to clear

	setupAt := time.Now()
	scheduler, err := w.scheduler(ctx, q, w.pending, nodes, f.workers)
	if err != nil {
		return repetition{}, none, err
	}
	setup := time.Since(setupAt)

	if f.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, f.timeout)
		defer cancel()
		ctx = limited
	}
	before, after := runtime.MemStats{}, runtime.MemStats{}
	runtime.ReadMemStats(&before)
	cpuBefore, solveAt := cpuTime(), time.Now()
	results, err := scheduler.Solve(ctx, w.pending)
	solve, cpu := time.Since(solveAt), cpuTime()-cpuBefore
	runtime.ReadMemStats(&after)
	timedOut := errors.Is(err, context.DeadlineExceeded)
	if err != nil && !timedOut {
		return repetition{}, none, err
	}
	return repetition{
		SetupMs: milliseconds(setup), SolveMs: milliseconds(solve), SolveCPUMs: milliseconds(cpu),
		AllocMiB: float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20), Mallocs: after.Mallocs - before.Mallocs,
		Nodes: len(results.NewNodeClaims), PodErrors: len(results.PodErrors), TimedOut: timedOut,
	}, results, nil
}

func errorSamples(podErrors map[*corev1.Pod]error, max int) map[string]string {
	texts := map[string]string{}
	names := []string{}
	for pod, err := range podErrors {
		name := podName(pod)
		names = append(names, name)
		texts[name] = err.Error()
	}
	sort.Strings(names)
	samples := map[string]string{}
	for _, name := range names[:min(max, len(names))] {
		text := texts[name]
		samples[name] = text[:min(errorTextMax, len(text))]
	}
	return samples
}

func podName(pod *corev1.Pod) string { return pod.Namespace + "/" + pod.Name }
