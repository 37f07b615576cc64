package top

import (
	"strings"
	"time"
	"unicode/utf8"
)

// intervalSteps are the intervals of + and -.
var intervalSteps = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

// action is what a key asks of the program, besides what it changes on the screen.
type action uint8

const (
	actionNone action = iota
	actionQuit
	actionSuspend
	actionPollNow    // the servers are to be asked again from now on
	actionAskWorkers // the open queue's connections are to be asked for
	actionRun        // the command line of run is to be run
)

// key handles a key by its name; text is what it types, if anything.
func (s *state) key(name, text string) action {
	switch {
	case name == "ctrl+c":
		return actionQuit
	case name == "ctrl+z":
		return actionSuspend
	case s.typing:
		s.typeFilter(name, text)
	case s.prompt != nil:
		return s.promptKey(name, text)
	case s.page != pageNone:
		s.pageKey(name)
	case s.motion(name):
	default:
		return s.command(name)
	}
	return actionNone
}

// typeFilter edits the filter.
func (s *state) typeFilter(name, text string) {
	switch name {
	case "enter":
		s.typing = false
		return
	case "esc":
		s.typing = false
		*s.filterText() = ""
	default:
		edit(s.filterText(), name, text)
	}
	s.refresh()
}

// filterText is the filter of what is shown.
func (s *state) filterText() *string {
	if s.fleet.shown {
		return &s.fleet.filter
	}
	return &s.filter
}

// refresh rebuilds the rows of what is shown.
func (s *state) refresh() {
	if s.fleet.shown {
		s.rebuildServers()
	} else {
		s.rebuild()
	}
}

// edit changes a line that is typed.
func edit(line *string, name, text string) {
	switch name {
	case "backspace", "ctrl+h":
		_, n := utf8.DecodeLastRuneInString(*line)
		*line = (*line)[:len(*line)-n]
	case "ctrl+u":
		*line = ""
	default:
		const longest = 512
		if len(*line)+len(text) <= longest {
			*line += strings.Trim(text, "\r\n")
		}
	}
}

// motion moves the cursor, and reports whether the key does.
func (s *state) motion(name string) bool {
	at, last, move := s.cursor, s.lines()-1, s.move
	if s.fleet.shown {
		at, last, move = s.fleet.cursor, len(s.fleet.rows)-1, s.fleet.move
	}
	screen := max(1, s.parts(s.height).list-1)
	switch name {
	case "up", "k":
		at--
	case "down", "j":
		at++
	case "pgup", "ctrl+b":
		at -= screen
	case "pgdown", "ctrl+f":
		at += screen
	case "home", "g":
		at = 0
	case "end", "G":
		at = last
	default:
		return false
	}
	move(at)
	return true
}

func (s *state) command(name string) action {
	switch name {
	case "q", "Q":
		return actionQuit
	case "h":
		s.openPage(pageKeys)
	case "?":
		s.openPage(pageLegend)
	case "/":
		s.typing = true
	case "space":
		s.paused = !s.paused
		return actionPollNow
	case "+", "=":
		return s.pace(-1)
	case "-":
		return s.pace(1)
	default:
		if s.fleet.shown {
			s.serverCommand(name)
			return actionNone
		}
		return s.queueCommand(name)
	}
	return actionNone
}

// queueCommand handles a key of the list of queues.
func (s *state) queueCommand(name string) action {
	switch name {
	case "esc":
		return s.escape()
	case "v":
		if len(s.servers) > 1 {
			s.showServers()
		}
	case "p":
		s.act(askPeek)
	case "d":
		s.act(askDrain)
	case "l":
		s.act(askLimit)
	case "s", ">", "right":
		s.sortBy(1)
	case "S", "<", "left":
		s.sortBy(-1)
	case "r":
		s.descending = !s.descending
		s.rebuild()
	case "e":
		s.hideEmpty = !s.hideEmpty
		s.rebuild()
	case "tab":
		s.switchView(1)
	case "shift+tab":
		s.switchView(-1)
	case "enter":
		return s.openOrClose()
	}
	return actionNone
}

// escape goes back by one step, and quits when there is none.
func (s *state) escape() action {
	switch {
	case s.open != nil:
		s.close()
	case s.filter != "":
		s.filter = ""
		s.rebuild()
	case s.fromServers:
		s.showServers()
	default:
		return actionQuit
	}
	return actionNone
}

// sortBy goes on to another column that is on the screen: the largest numbers first, names from A.
func (s *state) sortBy(step int) {
	cols := s.layout(s.width)
	at := 0
	for i, c := range cols {
		if c.column == s.sort {
			at = i
		}
	}
	s.sort = cols[(at+step+len(cols))%len(cols)].column
	s.descending = s.sort != colServer && s.sort != colQueue
	s.rebuild()
}

// switchView goes on to other servers. With one server there is nothing to switch.
func (s *state) switchView(step int) {
	if len(s.servers) < 2 {
		return
	}
	n := int(viewFirstServer) + len(s.servers)
	s.view = viewMode((int(s.view) + step + n) % n)
	s.close()
	s.held, s.fromServers = rowID{}, false
	s.rebuild()
}

// pace goes on to the next longer or shorter interval, if there is one.
func (s *state) pace(step int) action {
	next := s.interval
	for _, d := range intervalSteps {
		switch {
		case step < 0 && d < s.interval:
			next = d
		case step > 0 && d > s.interval && next == s.interval:
			next = d
		}
	}
	s.interval = next
	return actionPollNow
}
