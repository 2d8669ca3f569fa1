package job

// PrepareCheck asks for the tree and the key of one check on a head. It needs the forge.
type PrepareCheck struct {
	Run int64 `json:"run"`
}

// RunCheck asks for a check to be run, by the key of its result: changes with equal keys wait for one run.
type RunCheck struct {
	Key string `json:"key"`
}

// Kind is the kind's name.
func (PrepareCheck) Kind() string { return "prepare_check" }

// Queue is where preparations wait.
func (PrepareCheck) Queue() string { return "prepare_check" }

// Kind is the kind's name.
func (RunCheck) Kind() string { return "run_check" }

// Queue is where runs wait.
func (RunCheck) Queue() string { return "checks" }
