package kubernetes_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

const image = "registry.example/tool@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func open(t *testing.T, a *api) sandbox.Backend {
	t.Helper()
	b, err := kubernetes.New(t.Context(), a.options())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lint(t *testing.T) sandbox.Job {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	limits := sandbox.DefaultLimits()
	limits.Deadline = time.Hour
	return sandbox.Job{Image: image, Argv: []string{"lint", "-rf"}, Tree: folder, Limits: limits}
}

// needsPods leaves a test out on a machine that can play no pods, and says what is missing. CI promises that it can.
func needsPods(t *testing.T) {
	t.Helper()
	if _, err := bwrap.New(bwrap.Options{}); err != nil && os.Getenv("TEST_SANDBOX") == "" {
		t.Skipf("no pod is played here: %v", err)
	}
}

// TestAttacksOnTheStreams tries what an attacker would: pods are played on this machine, in namespaces of its kernel, behind
// an API server that is a fake.
//
// Attack by the code that a check runs on: Flood, cut or forge what a pod sends, keep its own pod alive, leave links and
// pipes as a report: what is kept is bounded, and the pod ends with its tool.
func TestAttacksOnTheStreams(t *testing.T) {
	needsPods(t)
	a := newAPI(t)
	a.life = real
	sandboxtest.AttackStreams(t, sandboxtest.Backend{Backend: open(t, a), Image: image, Files: 500})
	if n := alive.Load(); n != 0 {
		t.Errorf("%d processes of pods are alive", n)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.removed) < 15 {
		t.Errorf("%d Jobs were removed", len(a.removed))
	}
}

// says plays a tool that says something and stays.
func says(p *fakePod, then func(*session, string) object) {
	p.container("unpack", p.takes)
	p.container("tool", func(c *fakeContainer) object {
		s := p.client(c)
		if s == nil {
			return object{"exitCode": 137}
		}
		mark := strings.TrimSpace(string(<-s.in))
		s.send(1, []byte("\n"+mark+" began\nhello\n"))
		return then(s, mark)
	})
}

// condition is what a cluster sets on a pod that it takes away.
func disrupted(reason string) object {
	return object{"conditions": []object{{"type": "DisruptionTarget", "status": "True", "reason": reason}}}
}

// TestEnds: whatever becomes of a pod has a name and a sentence, and is never a success.
func TestEnds(t *testing.T) {
	t.Parallel()
	cut := func(change object) func(*fakePod) {
		return func(p *fakePod) {
			says(p, func(s *session, _ string) object {
				p.set(change)
				s.cut()
				return nil
			})
		}
	}
	waiting := func(reason string) func(*fakePod) {
		return func(p *fakePod) { p.state("unpack", "waiting", object{"reason": reason, "message": "no such\nthing"}) }
	}
	for name, c := range map[string]struct {
		life  func(*fakePod)
		setup func(*api, *kubernetes.Options, *sandbox.Job)
		ended sandbox.Ended
		why   string
	}{
		"image cannot be pulled": {life: waiting("ImagePullBackOff"), ended: sandbox.Unstartable, why: "ImagePullBackOff: no such thing"},
		"image's name is wrong":  {life: waiting("InvalidImageName"), ended: sandbox.Unstartable, why: "InvalidImageName"},
		"container cannot be made": {life: waiting("CreateContainerConfigError"), ended: sandbox.Unstartable,
			why: "CreateContainerConfigError"},
		"evicted before it started": {
			life: func(p *fakePod) { p.set(disrupted("PreemptionByScheduler")) }, ended: sandbox.Unstartable, why: "higher priority"},
		"no shell": {life: func(p *fakePod) {
			p.state("unpack", "terminated", object{"exitCode": 128, "reason": "StartError", "message": `exec: "/bin/sh": no such file`})
		}, ended: sandbox.Unstartable, why: `StartError: exec: "/bin/sh": no such file (exit status 128)`},
		"pending for ever": {life: func(p *fakePod) {
			p.set(object{"conditions": []object{{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
				"message": "0/3 nodes are available: 3 Insufficient memory."}}})
		}, setup: soon, ended: sandbox.Unstartable,
			why: ": Unschedulable: 0/3 nodes are available: 3 Insufficient memory."},
		"no pod": {setup: func(a *api, o *kubernetes.Options, j *sandbox.Job) {
			soon(a, o, j)
			a.events = []object{{"type": "Warning", "reason": "FailedCreate", "message": "exceeded quota: checks"}}
		}, ended: sandbox.Unstartable, why: "made no pod within 50ms: FailedCreate: exceeded quota: checks"},
		"no right": {setup: func(a *api, _ *kubernetes.Options, _ *sandbox.Job) {
			a.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost || r.URL.RawQuery != "" {
					return false
				}
				refuse(w, 403, "Forbidden", "jobs.batch is forbidden")
				return true
			}
		}, ended: sandbox.Unstartable, why: "status 403: jobs.batch is forbidden"},
		"no right to attach": {life: func(p *fakePod) { p.container("unpack", func(*fakeContainer) object { <-p.killed; return nil }) },
			setup: func(a *api, _ *kubernetes.Options, _ *sandbox.Job) {
				a.answer = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.HasSuffix(r.URL.Path, "/attach") {
						return false
					}
					a.mu.Lock()
					defer a.mu.Unlock()
					for _, p := range a.pods {
						go p.state("unpack", "terminated", object{"exitCode": 1, "reason": "Error"})
					}
					refuse(w, 403, "Forbidden", "pods/attach is forbidden")
					return true
				}
			}, ended: sandbox.Unstartable, why: "the files could not be unpacked"},
		"no tar": {life: func(p *fakePod) {
			p.container("unpack", func(c *fakeContainer) object {
				s := p.client(c)
				s.send(2, []byte("the image holds no tar\n"))
				s.end()
				return object{"exitCode": 127, "reason": "Error"}
			})
		}, ended: sandbox.Unstartable, why: "could not be unpacked (exit status 127): the image holds no tar"},
		"out of memory": {life: func(p *fakePod) {
			says(p, func(s *session, _ string) object { s.end(); return object{"exitCode": 137, "reason": "OOMKilled"} })
		}, ended: sandbox.Memory, why: "more than 1024 MiB of memory"},
		"evicted": {life: cut(object{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}),
			ended: sandbox.Lost, why: "the pod was evicted: The node was low on resource: memory."},
		"too much on disk": {life: cut(object{"phase": "Failed", "reason": "Evicted",
			"message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi."}),
			ended: sandbox.Disk, why: "exceeds the total limit"},
		"preempted": {life: cut(disrupted("PreemptionByScheduler")), ended: sandbox.Lost, why: "higher priority"},
		"drained":   {life: cut(disrupted("EvictionByEvictionAPI")), ended: sandbox.Lost, why: "drained"},
		"node lost": {life: cut(disrupted("DeletionByTaintManager")), ended: sandbox.Lost, why: "its node was lost"},
		"node gone": {life: cut(disrupted("DeletionByPodGC")), ended: sandbox.Lost, why: "its node is gone"},
		"node closed": {life: cut(object{"phase": "Failed", "reason": "Terminated"}), ended: sandbox.Lost,
			why: "the pod failed: Terminated"},
		"vanished": {life: func(p *fakePod) {
			says(p, func(s *session, _ string) object { p.vanish(); s.cut(); return nil })
		}, ended: sandbox.Lost, why: "the pod is gone"},
		"node does not answer": {life: func(p *fakePod) {
			p.set(object{"conditions": []object{{"type": "Ready", "status": "False"}}})
			says(p, func(*session, string) object { <-p.killed; return nil })
		}, setup: hurry, ended: sandbox.Lost, why: "the pod's node does not answer"},
		"too slow": {life: func(p *fakePod) { says(p, func(*session, string) object { <-p.killed; return nil }) },
			setup: hurry, ended: sandbox.Deadline, why: "ran longer than"},
		"connection cut": {life: func(p *fakePod) {
			says(p, func(s *session, mark string) object {
				s.send(1, []byte("\n"+mark+" ended 0 no no\n"))
				s.cut()
				return object{"exitCode": 0, "reason": "Completed"}
			})
		}, ended: sandbox.Lost, why: "the connection to the pod was lost"},
		"end of the output missing": {life: func(p *fakePod) {
			says(p, func(s *session, mark string) object {
				s.send(1, []byte("\n"+mark+" ended 0 no no\nx"))
				s.end()
				return object{"exitCode": 0, "reason": "Completed"}
			})
		}, ended: sandbox.Lost, why: "the end of the pod's output is missing"},
		"end of the errors missing": {life: func(p *fakePod) {
			says(p, func(s *session, mark string) object {
				s.send(2, []byte("[warn] a.js\n")) // and more, which is lost
				s.send(1, []byte("\n"+mark+" ended 1 no no\n\n"+mark+" closed\n"))
				s.end()
				return object{"exitCode": 0, "reason": "Completed"}
			})
		}, ended: sandbox.Lost, why: "the end of the pod's output is missing"},
		"its sandbox ended": {life: func(p *fakePod) {
			says(p, func(s *session, mark string) object { s.end(); return object{"exitCode": 137, "reason": "Error"} })
		}, ended: sandbox.Killed, why: "the tool ended its own sandbox"},
		"a watch that is too old": {life: func(p *fakePod) {
			says(p, func(s *session, mark string) object {
				s.send(1, []byte("\n"+mark+" ended 0 no no\n\n"+mark+" closed\n"))
				s.send(2, []byte("\n"+mark+" closed\n"))
				s.end()
				return object{"exitCode": 0, "reason": "Completed"}
			})
		}, setup: func(a *api, _ *kubernetes.Options, _ *sandbox.Job) {
			n := 0
			a.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("watch") != "true" {
					return false
				}
				a.mu.Lock()
				defer a.mu.Unlock()
				if n++; n%2 == 0 {
					return false
				}
				give(w, object{"type": "ERROR", "object": object{"code": 410}})
				return true
			}
		}, ended: sandbox.Finished},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			a.life = c.life
			options, job := a.options(), lint(t)
			if name == "no pod" {
				c.setup(a, &options, &job)
			}
			b, err := kubernetes.New(t.Context(), options)
			if c.setup != nil && name != "no pod" {
				c.setup(a, &options, &job)
				b, err = kubernetes.New(t.Context(), options)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := b.Run(t.Context(), job)
			// On a slow machine the pod is not seen in a short time: then in a longer one.
			for start := options.Start; name == "pending for ever" && strings.Contains(got.Why, "made no pod") && start < time.Minute; {
				start *= 4
				options.Start = start
				if b, err = kubernetes.New(t.Context(), options); err != nil {
					t.Fatal(err)
				}
				got = b.Run(t.Context(), job)
			}
			if got.Ended != c.ended || !strings.Contains(got.Why, c.why) ||
				strings.Contains(
					got.Why,
					"broke off",
				) != (name == "connection cut") || (got.Ended == sandbox.Finished) != (got.Exit == 0) {
				t.Errorf(
					"ended %s, exit %d, because %q; want %s because %q",
					got.Ended,
					got.Exit,
					got.Why,
					c.ended,
					c.why,
				)
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(a.pods) != 0 && len(got.Unheld) > 1 {
				t.Errorf("%d pods stay, and it says %q", len(a.pods), got.Unheld)
			}
			if len(got.Unheld) == 0 || !strings.HasPrefix(got.Unheld[0], "network: ") {
				if name != "no right" {
					t.Errorf("it is silent about the network: %q", got.Unheld)
				}
			}
		})
	}
}

func soon(_ *api, o *kubernetes.Options, _ *sandbox.Job)  { o.Start = 50 * time.Millisecond }
func hurry(_ *api, _ *kubernetes.Options, j *sandbox.Job) { j.Limits.Deadline = 50 * time.Millisecond }

// TestNamespacesAreGuarded: nothing starts where pods have a network, or may rule their node.
func TestNamespacesAreGuarded(t *testing.T) {
	t.Parallel()
	policy := func(selector object, rules ...any) object {
		return object{
			"metadata": object{"name": "p"},
			"spec":     object{"podSelector": selector, "policyTypes": []string{"Ingress", "Egress"}, "egress": rules},
		}
	}
	in := object{
		"metadata": object{"name": "in"},
		"spec":     object{"podSelector": object{}, "policyTypes": []string{"Ingress"}},
	}
	out := object{
		"metadata": object{"name": "out"},
		"spec":     object{"podSelector": object{}, "policyTypes": []string{"Egress"}},
	}
	exists := func(key, operator string, values ...string) object {
		return object{"matchExpressions": []object{{"key": key, "operator": operator, "values": values}}}
	}
	for name, c := range map[string]struct {
		space    object
		policies []object
		why      string // empty: all is well
	}{
		"closed":                 {policies: []object{denyAll}},
		"closed by two":          {policies: []object{in, out}},
		"closed for ours":        {policies: []object{policy(object{"matchLabels": object{"app.kubernetes.io/managed-by": "lintel"}})}},
		"others may talk":        {policies: []object{denyAll, policy(object{"matchLabels": object{"app": "x"}}, object{})}},
		"no policy":              {why: "has no NetworkPolicy"},
		"nothing may come alone": {policies: []object{in}, why: "has no NetworkPolicy"},
		"closed for others":      {policies: []object{policy(object{"matchLabels": object{"app": "x"}})}, why: "has no NetworkPolicy"},
		"opened by another": {policies: []object{denyAll, policy(object{}, object{})},
			why: "the NetworkPolicy p lets pods of checks talk"},
		"opened for Jobs": {policies: []object{denyAll, policy(exists("batch.kubernetes.io/job-name", "Exists"), object{})},
			why: "lets pods of checks talk"},
		"opened for all but some": {policies: []object{denyAll, policy(exists("app", "NotIn", "x"), object{})},
			why: "lets pods of checks talk"},
		"opened for some":        {policies: []object{denyAll, policy(exists("app", "In", "x"), object{})}},
		"opened for the unnamed": {policies: []object{denyAll, policy(exists("job-name", "DoesNotExist"), object{})}},
		"not restricted": {space: object{"pod-security.kubernetes.io/enforce": "baseline"}, policies: []object{denyAll},
			why: `does not enforce the Pod Security profile restricted ("baseline")`},
		"no profile": {space: object{"x": "y"}, policies: []object{denyAll}, why: "pod-security.kubernetes.io/enforce=restricted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			b := open(t, a)
			a.policies = c.policies
			if c.space != nil {
				a.space = c.space
			}
			_, err := kubernetes.New(t.Context(), a.options())
			if c.why == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("New says %v, want %q", err, c.why)
			}
			// What was closed once may be opened while Lintel runs.
			if r := b.Run(t.Context(), lint(t)); r.Ended != sandbox.Unstartable || !strings.Contains(r.Why, c.why) {
				t.Errorf("Run says %s %q", r.Ended, r.Why)
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			if len(a.jobs) != 0 {
				t.Error("a Job was made")
			}
		})
	}
}

// TestAnotherWorkersJob: a worker whose clock is an hour ahead of the cluster's, or behind it, leaves the Jobs of others to them
// and marks its own by the cluster's clock.
func TestAnotherWorkersJob(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		a := newAPI(t)
		a.ahead = ahead
		for name, in := range map[string]time.Duration{"left": -10 * time.Minute, "runs": 10 * time.Minute} {
			until := strconv.FormatInt(time.Now().Add(ahead+in).Unix(), 10)
			a.jobs[name] = object{"metadata": object{"name": name, "labels": object{"lintel.sandbox.until": until}}}
		}
		b, err := kubernetes.New(t.Context(), a.options())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.removed, []string{"left"}) {
			t.Errorf("the cluster's clock is %s ahead: removed %q", ahead, a.removed)
		}
		marked := make(chan string, 1)
		ctx, cancel := context.WithCancel(t.Context())
		a.life = func(*fakePod) {
			a.mu.Lock()
			defer a.mu.Unlock()
			for _, j := range a.jobs {
				text, err := json.Marshal(j)
				if err != nil {
					t.Error(err)
				}
				if strings.Contains(string(text), "activeDeadlineSeconds") {
					marked <- string(text)
				}
			}
			cancel()
		}
		b.Run(ctx, lint(t))
		var made struct {
			Metadata struct{ Labels map[string]string }
		}
		if err := json.Unmarshal([]byte(<-marked), &made); err != nil {
			t.Fatal(err)
		}
		end, err := strconv.ParseInt(made.Metadata.Labels["lintel.sandbox.until"], 10, 64)
		if far := time.Until(time.Unix(end, 0)) - ahead; err != nil || far < 70*time.Minute || far > 95*time.Minute {
			t.Errorf("the cluster's clock is %s ahead: its own Job ends in %s: %v", ahead, far, err)
		}
	}
}

// TestAPodIsHeld reads the order, limit by limit. The module tools/charts holds it to the types of Kubernetes and to the
// code of its profile "restricted".
//
// Attack by the code that a check runs on: Take the worker's place in the cluster, or its node: no token in the pod, no
// rights, no variables of the cluster; only digests.
func TestAPodIsHeld(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.jobs = map[string]object{
		"old":   {"metadata": object{"name": "old", "labels": object{"lintel.sandbox.until": "1"}}},
		"young": {"metadata": object{"name": "young", "labels": object{"lintel.sandbox.until": "99999999999"}}},
		"odd":   {"metadata": object{"name": "odd", "labels": object{"lintel.sandbox.until": "x"}}},
	}
	options := a.options()
	options.RuntimeClass, options.Nodes, options.PullSecrets = "gvisor", []string{
		"example.com/checks=yes",
	}, []string{
		"registry",
	}
	b, err := kubernetes.New(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.removed, []string{"old"}) {
		t.Errorf("removed %q", a.removed)
	}
	for _, bad := range []string{"", "tool", "tool:1", "tool@sha256:abc", "sha256:" + strings.Repeat("a", 64)} {
		job := lint(t)
		job.Image = bad
		if r := b.Run(t.Context(), job); r.Ended != sandbox.Unstartable || !strings.Contains(r.Why, "by its digest") {
			t.Errorf("%q: %+v", bad, r)
		}
	}
	made := make(chan object, 1)
	ctx, cancel := context.WithCancel(t.Context())
	a.life = func(p *fakePod) {
		a.mu.Lock()
		made <- a.jobs[strings.TrimSuffix(p.name, "-x1y2z")]
		a.mu.Unlock()
		cancel()
	}
	job := lint(t)
	job.Argv, job.Env, job.Limits.Deadline = []string{
		"lint",
		"$(HOME) $$ $x",
	}, map[string]string{
		"A": "$(B)",
	}, time.Minute
	if r := b.Run(ctx, job); r.Ended != sandbox.Killed {
		t.Errorf("given up, it ended %s: %s", r.Ended, r.Why)
	}
	raw, err := json.Marshal(<-made)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"backoffLimit":0`, `"activeDeadlineSeconds":1320`, `"ttlSecondsAfterFinished":300`, `"restartPolicy":"Never"`,
		`"automountServiceAccountToken":false`, `"enableServiceLinks":false`, `"dnsPolicy":"None"`, `"runtimeClassName":"gvisor"`,
		`"nodeSelector":{"example.com/checks":"yes"}`, `{"key":"example.com/checks","operator":"Equal","value":"yes"}`,
		`"imagePullSecrets":[{"name":"registry"}]`, `"mountPath":"/tree","name":"tree","readOnly":true`,
		`"cpu":"1000m","ephemeral-storage":"117452800","memory":"1073741824"`, `"emptyDir":{"medium":"Memory","sizeLimit":"268435456"}`,
		`"readOnlyRootFilesystem":true`, `"capabilities":{"drop":["ALL"]}`, `"seccompProfile":{"type":"RuntimeDefault"}`,
		`"image":"` + image + `"`, `"$$(HOME) $$$$ $$x"`, `"value":"$$(B)"`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the cluster was not asked for %s:\n%s", want, raw)
		}
	}
	for _, never := range []string{"hostPath", "hostNetwork", "hostPID", "serviceAccount", "secret-of-the-cluster", `"privileged":true`,
		`"runAsUser":0`, a.URL} {
		if strings.Contains(strings.ReplaceAll(string(raw), "automountServiceAccountToken", ""), never) {
			t.Errorf("the cluster was asked for %s", never)
		}
	}
}
