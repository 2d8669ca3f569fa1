package sandboxtest

// Promise is one sentence of what every run is held to, with the attacks that try to break it.
type Promise struct {
	Promise string
	Attacks []Tried
	// Ordered says that a pod's order is held to it, too: that Kubernetes keeps the order is Kubernetes' promise.
	Ordered bool
}

// Tried is an attack in words.
type Tried struct {
	Attack string
	// Streams is as in AttackStreams, Limits as in AttackLimits.
	Streams, Limits bool
}

// promise names one of promises.
type promise int

const (
	noNetwork promise = iota
	readOnly
	ownFolder
	ownUser
	ofProcesses
	ofMemory
	ofProcessors
	ofDisk
	ofOutput
	ofTime
	noSecrets
	asATree
	ofReports
	ofNames
)

// promises are in the words of the documentation; Ordered ones stand in the order of a pod.
var promises = map[promise]Promise{
	noNetwork:    {Promise: "No network", Ordered: true},
	readOnly:     {Promise: "The root and the tree are read-only; no devices", Ordered: true},
	ownFolder:    {Promise: "A work folder in memory, of its own, gone afterwards", Ordered: true},
	ownUser:      {Promise: "A user of its own without capabilities, behind a filter of system calls", Ordered: true},
	ofProcesses:  {Promise: "A limit of processes"},
	ofMemory:     {Promise: "A limit of memory", Ordered: true},
	ofProcessors: {Promise: "A limit of processors", Ordered: true},
	ofDisk:       {Promise: "A limit of disk", Ordered: true},
	ofOutput:     {Promise: "A limit of output and of the report"},
	ofTime:       {Promise: "A deadline", Ordered: true},
	noSecrets:    {Promise: "No token of a forge and no secret of Lintel's in environment, mounts or memory", Ordered: true},
	asATree:      {Promise: "Killed as a tree", Ordered: true},
	ofReports:    {Promise: "A report is read from one regular file, and nothing is unpacked"},
	ofNames:      {Promise: "No name is an option, a line or a word of a shell"},
}

// Promises are all promises with all attacks, as they are run.
func Promises() (out []Promise) {
	for p := range promise(len(promises)) {
		one := promises[p]
		for _, a := range attacks {
			if a.of == p && a.tries != "" {
				one.Attacks = append(one.Attacks, Tried{a.tries, a.streams, a.limits})
			}
		}
		out = append(out, one)
	}
	return out
}
