package toolbox

import (
	"encoding/json"
	"fmt"

	"turncoat"
)

// Actions of a [turncoat.ScriptedAct] that only a session with tools has,
// beside those of the world (send, forward, cancel).
const (
	ActList   = "list"
	ActRead   = "read"   // Mail: the one message
	ActWait   = "wait"   // for the next mail
	ActFinish = "finish" // Body: the summary
)

// CallOf writes an action as a call of a tool, without an ID. It panics if there
// is no such action, which lint finds in a scenario.
func CallOf(a turncoat.ScriptedAct) turncoat.ToolCall {
	name, arguments := callOf(a)
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("toolbox: the arguments of %s cannot fail to encode: %v", name, err))
	}
	return turncoat.ToolCall{Name: name, Arguments: text}
}

func callOf(a turncoat.ScriptedAct) (name string, arguments any) {
	switch a.Action {
	case "send":
		return "send_mail", sendMailArguments{To: a.To, Subject: a.Subject, Body: a.Body}
	case "forward":
		return "forward_mail", forwardMailArguments{Messages: a.Mail, To: a.To, Subject: a.Subject, Body: a.Body}
	case "cancel":
		return "cancel_alert", cancelAlertArguments{Code: a.Code}
	case ActList:
		return "list_mail", listMailArguments{Order: "oldest"}
	case ActRead:
		return "read_mail", readMailArguments{Message: reference(a.Mail[0])}
	case ActWait:
		return "wait_for_mail", waitForMailArguments{Minutes: maxWait}
	case ActFinish:
		return "finish", finishArguments{Summary: a.Body}
	}
	panic(fmt.Sprintf("toolbox: there is no action %q", a.Action))
}
