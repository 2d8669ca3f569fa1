package kubernetes

import (
	"crypto/rand"
	"math"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// object is one of the API, as it travels.
type object = map[string]any

// Containers of a pod.
const (
	unpacker = "unpack"
	tool     = "tool"
)

// unpack is the script that takes the tree. Its arguments are the size of the archive and the name of its last file,
// without which it is not whole. Head ends the archive, as nothing else would: tar reads on where a stream stays open.
const unpack = `command -v tar >/dev/null || { echo "the image holds no tar" >&2; exit 127; }
head -c "$1" | tar -xf - -C /tree && [ -f "/tree/$2" ] && rm "/tree/$2"`

// outer is the script around that of package wrapper. It is process 1, so nothing in the pod can end it. It waits until
// Lintel listens and says the mark, and says in the end of each stream that all of it was there. Its arguments are the
// mark, and the most blocks of 512 bytes in a file: the kubelet shows a file of the node's disk to each container.
const outer = `m=$1 f=$2; shift 2
unset KUBERNETES_PORT KUBERNETES_PORT_443_TCP KUBERNETES_PORT_443_TCP_ADDR KUBERNETES_PORT_443_TCP_PORT
unset KUBERNETES_PORT_443_TCP_PROTO KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS
IFS= read -r go && [ "$go" = "$m" ] || { echo "nobody listens" >&2; exit 125; }
ulimit -f "$f" 2>/dev/null || :
"$@" </dev/null
printf '\n%s closed\n' "$m"
printf '\n%s closed\n' "$m" >&2`

// closing is what outer says last.
func closing(mark string) []byte { return []byte("\n" + mark + " closed\n") }

// labels are those of a Job and of its pod.
func labels(name string, end int64) map[string]string {
	return map[string]string{
		labelRun:                       name,
		labelUntil:                     strconv.FormatInt(end, 10),
		"app.kubernetes.io/managed-by": "lintel",
	}
}

// name is one that nobody else takes, in the letters that the API allows.
func name() string { return strings.ToLower(rand.Text()[:20]) }

// order is the Job of a job.
func (b *backend) order(job sandbox.Job, name, mark string, files archive, as users) object {
	whole := 2*b.options.Start + job.Limits.Deadline + spare
	marks := labels(name, b.cluster.Now().Add(whole).Unix())
	return object{
		"apiVersion": "batch/v1", "kind": "Job",
		"metadata": object{"name": name, "labels": marks},
		"spec": object{
			"backoffLimit": 0, "completions": 1, "parallelism": 1,
			"activeDeadlineSeconds": int64(math.Ceil(whole.Seconds())), "ttlSecondsAfterFinished": 300,
			"template": object{"metadata": object{"labels": marks}, "spec": b.pod(job, mark, files, as)},
		},
	}
}

// pod is what the Job runs.
func (b *backend) pod(job sandbox.Job, mark string, files archive, as users) object {
	l, id := job.Limits, as.any()
	chosen, borne := b.options.nodes()
	command := append([]string{"/bin/sh", "-c", outer, "sh", mark, strconv.FormatInt(max(l.Disk, 1<<30)>>9+1, 10)},
		wrapper.Command(job, mark, wrapper.Ulimits{Processes: l.Processes + 3}, true)...) // the scripts and their shell
	var environment []object
	for _, pair := range job.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		environment = append(environment, object{"name": name, "value": plain(value)})
	}
	// The node's disk: the tree, and the log that the kubelet keeps of the output until Lintel stops the pod.
	disk := files.disk + l.Output + 64<<20
	with := object{"limits": resources(l, disk), "requests": resources(l, disk)}
	container := func(name string, command []string, mounts ...object) object {
		return object{
			"name": name, "image": job.Image, "imagePullPolicy": "IfNotPresent", "command": plainAll(command),
			"workingDir": sandbox.TreeFolder, "stdin": true, "stdinOnce": true, "resources": with, "volumeMounts": mounts,
			"securityContext": object{
				"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "privileged": false,
				"capabilities": object{"drop": []string{"ALL"}}, "seccompProfile": object{"type": "RuntimeDefault"},
			},
		}
	}
	in := container(unpacker, []string{"/bin/sh", "-c", unpack, "sh", strconv.FormatInt(files.size, 10), files.last},
		object{"name": "tree", "mountPath": sandbox.TreeFolder})
	run := container(tool, command,
		object{"name": "tree", "mountPath": sandbox.TreeFolder, "readOnly": true},
		object{"name": "work", "mountPath": sandbox.WorkFolder},
		object{"name": "tmp", "mountPath": "/tmp"})
	run["env"] = environment
	spec := object{
		"restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false,
		"terminationGracePeriodSeconds": 1, "hostname": "sandbox",
		"dnsPolicy": "None", "dnsConfig": object{"nameservers": []string{"127.0.0.1"}},
		"securityContext": object{
			"runAsNonRoot": true, "runAsUser": id, "runAsGroup": id, "seccompProfile": object{"type": "RuntimeDefault"},
		},
		"nodeSelector": chosen, "tolerations": borne,
		"initContainers": []object{in}, "containers": []object{run},
		"volumes": []object{
			{"name": "tree", "emptyDir": object{"sizeLimit": number(files.disk)}},
			{"name": "work", "emptyDir": object{"medium": "Memory", "sizeLimit": number(l.Disk)}},
			{"name": "tmp", "emptyDir": object{"medium": "Memory", "sizeLimit": number(l.Disk)}},
		},
	}
	if b.options.RuntimeClass != "" {
		spec["runtimeClassName"] = b.options.RuntimeClass
	}
	var secrets []object
	for _, s := range b.options.PullSecrets {
		secrets = append(secrets, object{"name": s})
	}
	if len(secrets) > 0 {
		spec["imagePullSecrets"] = secrets
	}
	return spec
}

// resources are what a container gets, and what is kept free for it.
func resources(l sandbox.Limits, disk int64) object {
	return object{
		"cpu":    strconv.FormatInt(int64(math.Ceil(l.CPU*1000)), 10) + "m",
		"memory": number(l.Memory), "ephemeral-storage": number(disk),
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// plain keeps the kubelet from reading $(NAME) in a text as a variable.
func plain(text string) string { return strings.ReplaceAll(text, "$", "$$") }

func plainAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = plain(t)
	}
	return out
}
