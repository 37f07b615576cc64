package top

import (
	"context"
	"errors"
	"slices"
	"time"

	"charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// maxFPS is how many frames a second are drawn at most.
const maxFPS = 20

// model connects the state to the terminal and the servers.
type model struct {
	*state
	ctx     context.Context
	env     *cli.Env
	runner  cli.Runner
	d       *wire.Dialer
	pollers []*poller
	palette *output.Palette
	next    time.Time // when the servers are asked again

	answers   bool          // there are answers that the rows do not show yet
	redrawDue bool          // a redrawMsg comes
	drawn     time.Time     // when the rows were rebuilt after answers
	cost      time.Duration // how long that took
	content   string        // the screen
	outdated  bool          // the content is to be made again
}

func (m *model) run() error {
	profile := colorprofile.ASCII
	if m.palette.Enabled() {
		profile = colorprofile.ANSI
	}
	// The profile is given because finding it out would run a program of tmux's.
	program := tea.NewProgram(m, tea.WithInput(m.env.Stdin), tea.WithOutput(m.env.Stdout),
		tea.WithoutSignalHandler(), tea.WithFPS(maxFPS), tea.WithColorProfile(profile))
	defer context.AfterFunc(m.ctx, program.Quit)()
	_, err := program.Run()
	if errors.Is(err, tea.ErrProgramPanic) {
		return cmderr.Errorf("top: a bug: see above")
	}
	if err != nil && m.ctx.Err() == nil {
		return cmderr.Errorf("top: the terminal: %w", err)
	}
	return nil
}

// tickMsg is sent at least once a second.
type tickMsg time.Time

// answerMsg is what server i answered.
type answerMsg struct {
	i      int
	result *pollResult
}

// redrawMsg says that the rows may be rebuilt.
type redrawMsg struct{}

// Init is called once, first.
func (m *model) Init() tea.Cmd {
	m.outdated = true
	return m.tick()
}

// View returns the screen. It is called after every message, those of a hundred servers among them.
func (m *model) View() tea.View {
	if m.outdated {
		height := m.parts(m.height).list
		m.top, m.fleet.top = m.scrolled(height), m.fleet.scrolled(height)
		m.content = m.frame(m.width, m.height, m.palette)
		m.outdated = false
	}
	v := tea.NewView(m.content)
	v.AltScreen = true
	return v
}

// Update handles a key, a tick, a new size or an answer.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case answerMsg:
		return m, m.answer(msg)
	case redrawMsg:
		m.redrawDue = false
		m.redraw()
		return m, nil
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		cmd = m.do(m.key(msg.String(), msg.Text))
	case tea.PasteMsg:
		if m.typing || m.prompt != nil && m.prompt.typed {
			cmd = m.do(m.key("", output.Escape(msg.Content)))
		}
	case tickMsg:
		cmd = m.tick()
	case workersMsg:
		m.showWorkers(msg)
	case lineEndedMsg:
		m.next = time.Time{}
	}
	m.outdated = true
	return m, cmd
}

func (m *model) do(what action) tea.Cmd {
	switch what {
	case actionQuit:
		return tea.Quit
	case actionSuspend:
		return tea.Suspend
	case actionAskWorkers:
		return m.askWorkers()
	case actionRun:
		return m.runLine(m.state.run)
	case actionPollNow:
		m.next = time.Time{}
	}
	return nil
}

// tick asks the servers when it is time, and comes again.
func (m *model) tick() tea.Cmd {
	now := m.env.Now()
	wait := min(m.interval, time.Second)
	if m.paused {
		return tea.Tick(wait, func(t time.Time) tea.Msg { return tickMsg(t) })
	}
	m.now = now
	var cmds []tea.Cmd
	if !now.Before(m.next) {
		if m.next = m.next.Add(m.interval); !now.Before(m.next) {
			m.next = now.Add(m.interval)
		}
		for i, server := range m.servers {
			if server.due(now) {
				cmds = append(cmds, m.ask(i, server))
			}
		}
	}
	if m.workersDue() {
		cmds = append(cmds, m.askWorkers())
	}
	wait = min(wait, max(m.next.Sub(now), time.Millisecond))
	cmds = append(cmds, tea.Tick(wait, func(t time.Time) tea.Msg { return tickMsg(t) }))
	return tea.Batch(cmds...)
}

// ask returns what asks server i.
func (m *model) ask(i int, server *serverState) tea.Cmd {
	server.askedAt = m.now
	priorities := m.wantPriorities()
	return func() tea.Msg { return answerMsg{i, m.pollers[i].poll(m.ctx, priorities)} }
}

// answer handles what a server answered. While the screen is paused it is dropped.
func (m *model) answer(a answerMsg) tea.Cmd {
	server := m.servers[a.i]
	server.askedAt = time.Time{}
	switch {
	case m.paused:
		server.connLost = server.connLost || a.result.fresh || a.result.err != nil
		return nil
	case a.result.err != nil:
		server.failed(m.now, a.result.err)
	default:
		server.answered(a.result, a.result.at.Sub(server.lastAnswer) < 2*m.interval+2*time.Second)
	}
	m.answers = true
	return m.redrawSoon()
}

// redrawDelay is how long answers wait for those of other servers, at least, before the rows are rebuilt. To rebuild them may
// take one part in maxLoad of the time, unless they would not be rebuilt once in an interval.
const (
	redrawDelay = 50 * time.Millisecond
	maxLoad     = 20
)

// redrawSoon shows the answers: at once if no other is due, else with those that come in the next moment.
func (m *model) redrawSoon() tea.Cmd {
	delay := max(redrawDelay, min(maxLoad*m.cost, m.interval-redrawDelay))
	if !m.awaits() && m.env.Now().Sub(m.drawn) >= delay {
		m.redraw()
		return nil
	}
	if m.redrawDue {
		return nil
	}
	m.redrawDue = true
	return tea.Tick(delay, func(time.Time) tea.Msg { return redrawMsg{} })
}

// awaits reports whether an answer of a server is due that is not late.
func (m *model) awaits() bool {
	return slices.ContainsFunc(m.servers, func(s *serverState) bool { return !s.askedAt.IsZero() && !m.late(s) })
}

// redraw shows the answers that the rows do not show yet.
func (m *model) redraw() {
	if !m.answers || m.paused {
		return
	}
	m.drawn = m.env.Now()
	m.refresh()
	m.cost = m.env.Now().Sub(m.drawn)
	m.answers, m.outdated = false, true
}

// askWorkers returns the command that queries the workers of the open queue.
func (m *model) askWorkers() tea.Cmd {
	m.open.asking = true
	id, servers := m.open.id, m.open.servers
	return func() tea.Msg { return queryWorkers(m.ctx, m.env.Now, m.d, id, servers) }
}
