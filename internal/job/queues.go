package job

// Queues lists every queue.
func Queues() []string {
	return []string{Look{}.Queue(), SweepQueue, BackfillQueue, StepQueue, AskQueue, PrepareCheck{}.Queue(), RunCheck{}.Queue()}
}
