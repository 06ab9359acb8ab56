package agent

import (
	_ "embed"
	"fmt"
	"strings"

	"turncoat"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// The part of the system prompt that tells an agent of the user's own how it
// reaches its world.
//
//go:embed external.md
var externalText string

// Errand returns what an agent of the user's own is given at the beginning in the
// interface external: the system prompt and the task, which are its to use as it
// likes, and the tools that it finds.
func Errand(w *turncoat.World) (system, user string, tools []turncoat.Tool) {
	inbox := len(world.Open(w).Inbox())
	messages := "messages"
	if inbox == 1 {
		messages = "message"
	}
	return w.System + "\n\n" + strings.TrimSpace(externalText),
		fmt.Sprintf("%s\n\nInbox: %d %s, all unread.", w.Task, inbox, messages),
		toolbox.Tools(w)
}
