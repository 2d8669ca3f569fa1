package comment

import "testing"

// TestWordsAroundCode: code keeps the spaces around it, and words stay text.
func TestWordsAroundCode(t *testing.T) {
	w := Advice{}.writer()
	if got, want := w.prose("No check  of `n` is\nleft. <b> `Pay`, too"), "No check of `n` is left. &lt;b&gt; `Pay`, too"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
