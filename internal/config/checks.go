package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
)

// Checks is what the server may run itself of the checks that repositories name. By default it runs nothing.
type Checks struct {
	Backend string `json:"backend"          jsonschema:"enum=off,enum=bwrap,enum=docker,enum=kubernetes"`
	// Run says who runs them, and Server where a worker reaches the server.
	Run    string `json:"run"              jsonschema:"enum=serve,enum=worker"`
	Server string `json:"server"           jsonschema:"maxLength=400"`
	// Socket is of docker, Runtime of docker and kubernetes, Kubernetes of kubernetes.
	Socket  string `json:"socket"`
	Runtime string `json:"runtime"`
	// Warm is how many containers may wait, started ahead; of docker alone.
	Warm       int         `json:"warm_containers"  jsonschema:"minimum=0,maximum=256"`
	Kubernetes Pods        `json:"kubernetes"`
	Tools      []CheckTool `json:"tools"            jsonschema:"maxItems=100"`
	Images     []string    `json:"images"           jsonschema:"maxItems=100,minLength=1,maxLength=400"`
	Forks      string      `json:"forks"            jsonschema:"enum=never,enum=approved,enum=always"`
	// Parallel is how many run at once, of all repositories.
	Parallel int `json:"parallel"         jsonschema:"minimum=1,maximum=256"`
	// Timeout, CPU (cores), Memory, Disk and Tree (MiB) are ceilings for one check.
	Timeout Duration `json:"timeout"`
	CPU     float64  `json:"cpu"              jsonschema:"minimum=0,maximum=256"`
	Memory  int      `json:"memory_megabytes" jsonschema:"minimum=16,maximum=1048576"`
	Disk    int      `json:"disk_megabytes"   jsonschema:"minimum=1,maximum=1048576"`
	Tree    int      `json:"tree_megabytes"   jsonschema:"minimum=1,maximum=1048576"`
	// Folder is where mirrors and files of repositories lie, FolderMegabytes the most MiB of them.
	Folder          string `json:"folder"`
	FolderMegabytes int    `json:"folder_megabytes" jsonschema:"minimum=64,maximum=16777216"`
}

// CheckTool is a tool of the catalogue that repositories may use.
type CheckTool struct {
	Name string `json:"name"  jsonschema:"required,minLength=1,maxLength=40"`
	// Image is where docker finds it.
	Image string `json:"image" jsonschema:"maxLength=400"`
}

// Pods says where the pods of checks run.
type Pods struct {
	Kubeconfig  string   `json:"kubeconfig"`
	Namespace   string   `json:"namespace"     jsonschema:"maxLength=63"`
	Nodes       []string `json:"nodes"         jsonschema:"maxItems=20,minLength=1,maxLength=400"`
	PullSecrets []string `json:"pull_secrets"  jsonschema:"maxItems=20,minLength=1,maxLength=253"`
	// StartTimeout is how long a pod may take to run, and then to get its files.
	StartTimeout Duration `json:"start_timeout"`
}

func defaultPods() Pods { return Pods{Nodes: []string{}, PullSecrets: []string{}, StartTimeout: "5m"} }

func defaultChecks() Checks {
	return Checks{
		Backend: "off", Run: "serve", Tools: []CheckTool{}, Images: []string{}, Forks: string(checkplan.Never), Parallel: 2, Timeout: "10m",
		CPU: 2, Warm: 2, Memory: 2048, Disk: 512, Tree: 2048, FolderMegabytes: 10240, Kubernetes: defaultPods(),
	}
}

// checkKeys describes the keys from checks on.
var checkKeys = map[string]string{
	"checks": "Checks that repositories name in their settings and that this server runs in a sandbox; docs/checks.md. What is not " +
		"allowed here does not run, and the verdict says so.",
	"checks.backend": "The sandbox: off runs nothing, bwrap needs bubblewrap and runs the tools of this machine, docker needs an " +
		"engine with Docker's API, kubernetes makes Jobs in a cluster; docs/sandbox.md.",
	"checks.run": "serve runs checks in the server's process; worker leaves that to lintel worker --queue checks, on this machine or " +
		"another, which holds no key of the forge. The server then needs no sandbox, and still says what may run.",
	"checks.server": "In a worker's file: the address at which it reaches the server's listen, such as http://lintel:8080. It gets the " +
		"files of changes there, by a token that opens one repository for five minutes.",
	"checks.socket": "docker: the engine's address, such as unix:///run/podman/podman.sock. Empty is that of DOCKER_HOST, or " +
		"Docker's own.",
	"checks.runtime": "docker: the engine's runtime, such as runsc; kubernetes: a RuntimeClass, such as gvisor. " +
		"Empty is its own choice.",
	"checks.warm_containers": "docker: how many containers may wait for a check, started ahead. After a check on at most 1000 files, one " +
		"waits five minutes for the next of the same image and limits, runs it alone, and is removed. With 0 none waits.",
	"checks.kubernetes": "kubernetes: where the pods of checks run. The namespace enforces the Pod Security profile restricted and has a " +
		"NetworkPolicy that denies all, or nothing starts.",
	"checks.kubernetes.kubeconfig": "A file as kubectl reads it, with a token, tokenFile or certificate. Empty is the " +
		"cluster that Lintel is a pod of, else that of KUBECONFIG or ~/.kube/config.",
	"checks.kubernetes.namespace": "A namespace for these pods alone. Empty is that of the context, or of Lintel's own pod.",
	"checks.kubernetes.nodes": "Labels (KEY=VALUE) of the nodes that may run them. A taint of the same key and value is " +
		"tolerated, so nodes can be kept for checks.",
	"checks.kubernetes.pull_secrets": "Secrets of that namespace with which the kubelet pulls images.",
	"checks.kubernetes.start_timeout": "How long a pod may wait for a node and its image, and then for its files, a " +
		"duration from 10s to 1h. It does not count for checks.timeout.",
	"checks.tools":        "The tools of the catalogue that repositories may run.",
	"checks.tools.*.name": "the tool, such as gofmt",
	"checks.tools.*.image": "docker, kubernetes: the image in which it is found, by digest, for checks that name none. docker wants " +
		"it on the machine: nothing is pulled. A cluster pulls it.",
	"checks.images": "docker, kubernetes: the images that repositories may name, each by digest, or the beginning of their " +
		"names up to a slash, such as ghcr.io/acme/.",
	"checks.forks": "When checks run on pull requests from forks, whose authors may be strangers: never, approved (somebody with " +
		"write access approved the head), or always.",
	"checks.parallel":         "Checks that run at once. Organisations share them fairly.",
	"checks.timeout":          "The longest that one check may run, a duration from 1s to 1h. One that asks for more gets this.",
	"checks.cpu":              "The most cores of one check.",
	"checks.memory_megabytes": "The most MiB of memory of one check.",
	"checks.disk_megabytes":   "The most MiB that one check may write.",
	"checks.folder": "Where files of repositories are kept between checks, a folder for one process: others of this machine take " +
		"its name with -2 to -9. Empty is lintel-trees " +
		"beside the SQLite database; with PostgreSQL it must be named.",
	"checks.folder_megabytes": "The most MiB in that folder, half of it for one repository, for each process; " +
		"what was not used for longest goes first.",
	"checks.tree_megabytes": "The most MiB of a change's files; with more, no check runs on it.",
}

// check finds what the schema cannot express.
func (c Checks) check(add func(key, format string, args ...any)) {
	if !c.Timeout.within(time.Second, time.Hour) {
		add("checks.timeout", "%q is not a duration from 1s to 1h, such as 10m", c.Timeout)
	}
	if c.CPU == 0 {
		add("checks.cpu", "it is 0: nothing runs without a processor")
	}
	seen := map[string]bool{}
	for i, t := range c.Tools {
		key := fmt.Sprintf("checks.tools[%d]", i)
		switch known := catalogue.Names(); {
		case seen[t.Name]:
			add(key, "%q is there twice", t.Name)
		case !slices.Contains(known, t.Name):
			meant := "docs/checks.md lists them"
			if near := document.Nearest(t.Name, known); near != "" {
				meant = fmt.Sprintf("did you mean %q?", near)
			}
			add(key, "the catalogue has no tool %q; %s", t.Name, meant)
		case t.Image != "" && !settings.ImageByDigest(t.Image):
			add(key, "%q does not name an image by digest, as NAME@sha256:...", t.Image)
		}
		seen[t.Name] = true
	}
	for i, image := range c.Images {
		if !settings.ImageByDigest(image) && !strings.HasSuffix(image, "/") {
			add(fmt.Sprintf("checks.images[%d]", i),
				"%q is neither an image by digest (NAME@sha256:...) nor the beginning of names up to a slash, such as ghcr.io/acme/", image)
		}
	}
	c.checkBackend(add)
}

// checkBackend finds keys that are of another backend.
func (c Checks) checkBackend(add func(key, format string, args ...any)) {
	switch pods := c.Kubernetes; {
	case c.Backend != "docker" && c.Backend != "kubernetes" && (c.Runtime != "" || len(c.Images) > 0):
		add("checks.backend", "it is %s, and runtime and images are of docker and kubernetes alone", c.Backend)
	case c.Backend != "docker" && c.Socket != "":
		add("checks.backend", "it is %s, and socket is of docker alone", c.Backend)
	case c.Backend != "kubernetes" && (pods.Kubeconfig+pods.Namespace != "" || len(pods.Nodes)+len(pods.PullSecrets) > 0):
		add("checks.backend", "it is %s, and checks.kubernetes is of kubernetes alone", c.Backend)
	}
	for i, n := range c.Kubernetes.Nodes {
		if key, _, ok := strings.Cut(n, "="); !ok || key == "" {
			add(fmt.Sprintf("checks.kubernetes.nodes[%d]", i), "%q is no label, as KEY=VALUE", n)
		}
	}
	if !c.Kubernetes.StartTimeout.within(10*time.Second, time.Hour) {
		add("checks.kubernetes.start_timeout", "%q is not a duration from 10s to 1h, such as 5m", c.Kubernetes.StartTimeout)
	}
}

// Permissions are what repositories may let the server run.
func (c Checks) Permissions() checkplan.Permissions {
	p := checkplan.Permissions{
		Backend: c.Backend, Tools: map[string]string{}, Images: c.Images, Forks: checkplan.Forks(c.Forks), Timeout: c.Timeout.Span(),
		CPU: c.CPU, Memory: c.Memory,
	}
	for _, t := range c.Tools {
		p.Tools[t.Name] = t.Image
	}
	return p
}
