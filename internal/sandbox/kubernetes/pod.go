package kubernetes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/text"
)

// pod is what matters of a pod (v1).
type pod struct {
	Metadata struct {
		Name    string `json:"name"`
		UID     string `json:"uid"`
		Deleted string `json:"deletionTimestamp"`
	} `json:"metadata"`
	Status struct {
		Phase      string      `json:"phase"`
		Reason     string      `json:"reason"`
		Message    string      `json:"message"`
		Conditions []condition `json:"conditions"`
		Init       []container `json:"initContainerStatuses"`
		Containers []container `json:"containerStatuses"`
	} `json:"status"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// container is how one container of a pod is.
type container struct {
	Name  string `json:"name"`
	State struct {
		Waiting    *state `json:"waiting"`
		Running    *state `json:"running"`
		Terminated *state `json:"terminated"`
	} `json:"state"`
}

type state struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
	Exit    int    `json:"exitCode"`
}

// fate is an end that the tool did not choose.
type fate struct {
	ended sandbox.Ended
	why   string
}

func (f *fate) Error() string { return f.why }

func unstartable(format string, args ...any) *fate {
	return &fate{sandbox.Unstartable, fmt.Sprintf(format, args...)}
}

func lost(format string, args ...any) *fate {
	return &fate{sandbox.Lost, fmt.Sprintf(format, args...)}
}

// readPod reads a pod. What cannot be read is no pod of an API that is known here.
func readPod(raw json.RawMessage) (*pod, error) {
	p := &pod{}
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("read a pod: %w", err)
	}
	return p, nil
}

// of is how a container is; nil where nothing is known of it yet.
func (p *pod) of(name string) *container {
	for _, all := range [][]container{p.Status.Init, p.Status.Containers} {
		if i := slices.IndexFunc(all, func(c container) bool { return c.Name == name }); i >= 0 {
			return &all[i]
		}
	}
	return nil
}

// ended is how a container ended; nil while it did not.
func (p *pod) ended(name string) *state {
	if c := p.of(name); c != nil {
		return c.State.Terminated
	}
	return nil
}

// hopeless are reasons for which a container waits that no waiting removes. The kubelet has tried to pull an image more
// than once when it backs off.
var hopeless = []string{
	"ImagePullBackOff",
	"InvalidImageName",
	"ErrImageNeverPull",
	"ImageInspectError",
	"CreateContainerConfigError",
	"CreateContainerError",
	"RunContainerError",
	"SignatureValidationFailed",
}

// taken says what took the pod away, or nil. Reasons are those of the condition DisruptionTarget and of the kubelet.
func (p *pod) taken() *fate {
	for _, c := range p.Status.Conditions {
		if c.Type != "DisruptionTarget" || c.Status != "True" {
			continue
		}
		why := map[string]string{
			"PreemptionByScheduler":  "it made room for a pod of higher priority",
			"DeletionByTaintManager": "its node was lost, or no longer takes such pods",
			"EvictionByEvictionAPI":  "its node was drained, or somebody evicted it",
			"DeletionByPodGC":        "its node is gone",
			"TerminationByKubelet":   "its node ran out of something, or was shut down",
		}[c.Reason]
		if why == "" {
			why = because(c.Reason, c.Message)
		}
		if p.Status.Reason != "Evicted" {
			return lost("the cluster took the pod away: %s", why)
		}
	}
	switch {
	case p.Status.Reason == "Evicted" && overfull(p.Status.Message):
		return &fate{sandbox.Disk, "the tool wrote more to disk than it may: " + clip(p.Status.Message)}
	case p.Status.Reason == "Evicted":
		return lost("the pod was evicted: %s", clip(p.Status.Message))
	case p.Status.Reason == "NodeLost":
		return lost("the pod's node was lost")
	case p.Status.Phase == "Failed" && p.Status.Reason != "" && p.Status.Reason != "DeadlineExceeded":
		return lost("the pod failed: %s", because(p.Status.Reason, p.Status.Message))
	case p.Metadata.Deleted != "":
		return lost("somebody deleted the pod")
	}
	return nil
}

// overfull reports whether a pod was evicted for what it wrote itself, by the kubelet's words for each such limit.
func overfull(message string) bool {
	return strings.Contains(message, "exceed") &&
		(strings.Contains(message, "ephemeral") || strings.Contains(message, "EmptyDir"))
}

// trouble says why a container that has not run will never run, or nil.
func (p *pod) trouble(name string) *fate {
	if f := p.taken(); f != nil {
		return unstartable("%s", f.why)
	}
	for _, c := range []*container{p.of(unpacker), p.of(name)} {
		if c == nil {
			continue
		}
		if w := c.State.Waiting; w != nil && slices.Contains(hopeless, w.Reason) {
			return unstartable("the container cannot start: %s", because(w.Reason, w.Message))
		}
		if t := c.State.Terminated; t != nil && (c.Name == name || t.Exit != 0) {
			return unstartable(
				"the container %s ended at once: %s (exit status %d)",
				c.Name,
				because(t.Reason, t.Message),
				t.Exit,
			)
		}
	}
	if p.Status.Phase == "Failed" || p.Status.Phase == "Succeeded" {
		return unstartable("the pod ended before its tool started: %s", because(p.Status.Reason, p.Status.Message))
	}
	return nil
}

// waits says what a pod waits for, for people.
func (p *pod) waits() string {
	for _, c := range p.Status.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			return because(c.Reason, c.Message)
		}
	}
	for _, c := range slices.Concat(p.Status.Init, p.Status.Containers) {
		if w := c.State.Waiting; w != nil && w.Reason != "" && w.Reason != "PodInitializing" {
			return because(w.Reason, w.Message)
		}
	}
	return "phase " + clip(p.Status.Phase)
}

// unready reports whether the cluster marks the pod of a running container as not ready: its node does not answer.
func (p *pod) unready() bool {
	c := p.of(tool)
	return c != nil && c.State.Running != nil && slices.ContainsFunc(p.Status.Conditions, func(c condition) bool {
		return c.Type == "Ready" && c.Status != "True"
	})
}

// because joins a word of the cluster with its sentence.
func because(reason, message string) string {
	switch {
	case reason == "" && message == "":
		return "the cluster gives no reason"
	case message == "":
		return clip(reason)
	case reason == "":
		return clip(message)
	}
	return clip(reason) + ": " + clip(message)
}

// clip makes a text of the cluster fit for a verdict: the runtime's errors repeat what an image holds.
func clip(s string) string {
	return text.Clip(
		strings.Join(
			strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f }),
			" ",
		),
		400,
	)
}
