package wire

import "fmt"

// Type is the number of a packet type, the second word of a packet's header.
type Type uint32

// The packet types of https://gearman.org/protocol/ and gearmand 1.1.20. 5 was never used; 35 is reserved and not supported by
// any server.
const (
	CanDo                     Type = 1
	CantDo                    Type = 2
	ResetAbilities            Type = 3
	PreSleep                  Type = 4
	Noop                      Type = 6
	SubmitJob                 Type = 7
	JobCreated                Type = 8
	GrabJob                   Type = 9
	NoJob                     Type = 10
	JobAssign                 Type = 11
	WorkStatus                Type = 12
	WorkComplete              Type = 13
	WorkFail                  Type = 14
	GetStatus                 Type = 15
	EchoReq                   Type = 16
	EchoRes                   Type = 17
	SubmitJobBG               Type = 18
	Error                     Type = 19
	StatusRes                 Type = 20
	SubmitJobHigh             Type = 21
	SetClientID               Type = 22
	CanDoTimeout              Type = 23
	AllYours                  Type = 24
	WorkException             Type = 25
	OptionReq                 Type = 26
	OptionRes                 Type = 27
	WorkData                  Type = 28
	WorkWarning               Type = 29
	GrabJobUniq               Type = 30
	JobAssignUniq             Type = 31
	SubmitJobHighBG           Type = 32
	SubmitJobLow              Type = 33
	SubmitJobLowBG            Type = 34
	SubmitJobSched            Type = 35
	SubmitJobEpoch            Type = 36
	SubmitReduceJob           Type = 37
	SubmitReduceJobBackground Type = 38
	GrabJobAll                Type = 39
	JobAssignAll              Type = 40
	GetStatusUnique           Type = 41
	StatusResUnique           Type = 42
)

// Direction is who may send a packet type: requests go to the server, responses come from it.
type Direction uint8

// The two directions, combined where a type is relayed (a worker's WORK_DATA reaches the client as it is).
const (
	Request  Direction = 1
	Response Direction = 2
	Either             = Request | Response
)

// typeInfo is one row of the table that drives encoding, splitting, names and traces.
type typeInfo struct {
	name string
	dir  Direction
	args []string // names of the NUL separated arguments; the last one may itself hold NUL bytes
}

// types has a row for each packet type; a row without a name is a number that nobody uses.
var types = [...]typeInfo{
	CanDo:                     {"CAN_DO", Request, []string{"function"}},
	CantDo:                    {"CANT_DO", Request, []string{"function"}},
	ResetAbilities:            {"RESET_ABILITIES", Request, nil},
	PreSleep:                  {"PRE_SLEEP", Request, nil},
	Noop:                      {"NOOP", Response, nil},
	SubmitJob:                 {"SUBMIT_JOB", Request, []string{"function", "unique", "workload"}},
	JobCreated:                {"JOB_CREATED", Response, []string{"handle"}},
	GrabJob:                   {"GRAB_JOB", Request, nil},
	NoJob:                     {"NO_JOB", Response, nil},
	JobAssign:                 {"JOB_ASSIGN", Response, []string{"handle", "function", "workload"}},
	WorkStatus:                {"WORK_STATUS", Either, []string{"handle", "numerator", "denominator"}},
	WorkComplete:              {"WORK_COMPLETE", Either, []string{"handle", "data"}},
	WorkFail:                  {"WORK_FAIL", Either, []string{"handle"}},
	GetStatus:                 {"GET_STATUS", Request, []string{"handle"}},
	EchoReq:                   {"ECHO_REQ", Request, []string{"data"}},
	EchoRes:                   {"ECHO_RES", Response, []string{"data"}},
	SubmitJobBG:               {"SUBMIT_JOB_BG", Request, []string{"function", "unique", "workload"}},
	Error:                     {"ERROR", Response, []string{"code", "text"}},
	StatusRes:                 {"STATUS_RES", Response, []string{"handle", "known", "running", "numerator", "denominator"}},
	SubmitJobHigh:             {"SUBMIT_JOB_HIGH", Request, []string{"function", "unique", "workload"}},
	SetClientID:               {"SET_CLIENT_ID", Request, []string{"identity"}},
	CanDoTimeout:              {"CAN_DO_TIMEOUT", Request, []string{"function", "milliseconds"}},
	AllYours:                  {"ALL_YOURS", Request, nil},
	WorkException:             {"WORK_EXCEPTION", Either, []string{"handle", "data"}},
	OptionReq:                 {"OPTION_REQ", Request, []string{"option"}},
	OptionRes:                 {"OPTION_RES", Response, []string{"option"}},
	WorkData:                  {"WORK_DATA", Either, []string{"handle", "data"}},
	WorkWarning:               {"WORK_WARNING", Either, []string{"handle", "data"}},
	GrabJobUniq:               {"GRAB_JOB_UNIQ", Request, nil},
	JobAssignUniq:             {"JOB_ASSIGN_UNIQ", Response, []string{"handle", "function", "unique", "workload"}},
	SubmitJobHighBG:           {"SUBMIT_JOB_HIGH_BG", Request, []string{"function", "unique", "workload"}},
	SubmitJobLow:              {"SUBMIT_JOB_LOW", Request, []string{"function", "unique", "workload"}},
	SubmitJobLowBG:            {"SUBMIT_JOB_LOW_BG", Request, []string{"function", "unique", "workload"}},
	SubmitJobSched:            {"SUBMIT_JOB_SCHED", Request, []string{"function", "unique", "minute", "hour", "mday", "month", "wday", "workload"}},
	SubmitJobEpoch:            {"SUBMIT_JOB_EPOCH", Request, []string{"function", "unique", "epoch", "workload"}},
	SubmitReduceJob:           {"SUBMIT_REDUCE_JOB", Request, []string{"function", "unique", "reducer", "aggregator", "workload"}},
	SubmitReduceJobBackground: {"SUBMIT_REDUCE_JOB_BACKGROUND", Request, []string{"function", "unique", "reducer", "aggregator", "workload"}},
	GrabJobAll:                {"GRAB_JOB_ALL", Request, nil},
	JobAssignAll:              {"JOB_ASSIGN_ALL", Response, []string{"handle", "function", "unique", "reducer", "workload"}},
	GetStatusUnique:           {"GET_STATUS_UNIQUE", Request, []string{"unique"}},
	StatusResUnique:           {"STATUS_RES_UNIQUE", Response, []string{"unique", "known", "running", "numerator", "denominator", "clients"}},
}

// info returns the table row of t, or nil if t is unknown.
func (t Type) info() *typeInfo {
	if int(t) >= len(types) || types[t].name == "" {
		return nil
	}
	return &types[t]
}

// String returns the protocol document's name of t, for example "SUBMIT_JOB_BG".
func (t Type) String() string {
	if info := t.info(); info != nil {
		return info.name
	}
	return fmt.Sprintf("packet type %d", uint32(t))
}

// Direction returns who may send t: Request, Response or Either; 0 if t is unknown.
func (t Type) Direction() Direction {
	if info := t.info(); info != nil {
		return info.dir
	}
	return 0
}

// ArgNames returns the names of t's arguments, in order. The caller must not change the slice.
func (t Type) ArgNames() []string {
	if info := t.info(); info != nil {
		return info.args
	}
	return nil
}
