/**
 * The judges of Raft: elections, votes, logs, state machines, replicas. To add a case, add a row:
 * events in order by name, with the words of the refusal or null.
 */
import { electionSafetyJudge, monotoneJudge, voteJudge } from "./elections.ts";
import { logJudges } from "./logs.ts";
import { checksumJudge, membershipJudge } from "./replicas.ts";
import { stateMachineJudge } from "./state-machine.ts";
import { type EventRow, factsOf } from "./testing/events.ts";
import { testTable } from "./testing/table.ts";

const leader = (store: number, term: number): EventRow => [
  "roleChanged",
  store,
  { region: 1, peer: 100 + store, role: 3, term },
];
const follower = (store: number, term: number): EventRow => [
  "roleChanged",
  store,
  { region: 1, peer: 100 + store, role: 0, term },
];

testTable(electionSafetyJudge, [
  {
    name: "two leaders in one term",
    property: "election safety",
    events: [leader(1, 5), leader(2, 5)],
    refused: "region 1 has two leaders in term 5: peers 101 and 102",
  },
  {
    name: "one leader twice, another in the next term, another region in the same term",
    property: "election safety",
    events: [
      leader(1, 5),
      follower(1, 5),
      leader(1, 5),
      leader(2, 6),
      ["roleChanged", 2, { region: 2, peer: 202, role: 3, term: 5 }],
    ],
    refused: null,
    checks: 4,
  },
]);

const durableVote = (store: number, term: number, vote: number): EventRow => [
  "voteStatePersisted",
  store,
  { region: 1, peer: 100 + store, term, vote },
];
const voted = (store: number, term: number, candidate: number): EventRow => [
  "voted",
  store,
  { region: 1, peer: 100 + store, candidate, term },
];
const recovered = (store: number, term: number, lastIndex = 0, appliedIndex = 0): EventRow => [
  "regionRecovered",
  store,
  { region: 1, term, lastIndex, appliedIndex },
];

{
  const property = "one durable vote";
  testTable(voteJudge, [
    {
      name: "a vote that leaves before it is durable",
      property,
      events: [durableVote(1, 4, 0), voted(1, 5, 102)],
      refused: "peer 101 of region 1 sent its vote for 102 in term 5 before that was durable",
    },
    {
      name: "a vote that was never durable by itself, but a later term is",
      property,
      events: [durableVote(1, 4, 0), durableVote(1, 6, 0), voted(1, 5, 102)],
      refused: null,
      checks: 1,
    },
    {
      name: "a second vote in a term that is over",
      property,
      events: [durableVote(1, 4, 0), durableVote(1, 6, 0), voted(1, 5, 102), voted(1, 5, 103)],
      refused: "voted for 102 and for 103 in term 5",
    },
    {
      name: "a vote for one where another's is durable, in a term that is over",
      property,
      events: [durableVote(1, 5, 103), durableVote(1, 6, 0), voted(1, 5, 102)],
      refused: "sent its vote for 102 in term 5, 103 had it",
    },
    {
      name: "two votes in one term, with a restart between them",
      property,
      events: [
        durableVote(1, 5, 102),
        voted(1, 5, 102),
        ["crash", 1],
        recovered(1, 5),
        durableVote(1, 5, 103),
        voted(1, 5, 103),
      ],
      refused: "changed its vote in term 5 from 102 to 103",
    },
    {
      name: "a restart that forgot the term",
      property,
      events: [durableVote(1, 5, 102), voted(1, 5, 102), ["crash", 1], recovered(1, 4)],
      refused: "came back in term 4 from term 5",
    },
    {
      name: "a durable term that goes back",
      property,
      events: [durableVote(1, 5, 102), voted(1, 5, 102), durableVote(1, 4, 0)],
      refused: "went back from term 5 to 4",
    },
    {
      name: "a vote that leaves when the disk is a term further already, and one sent twice",
      property,
      events: [
        durableVote(1, 5, 102),
        durableVote(1, 6, 0),
        voted(1, 5, 102),
        voted(1, 5, 102),
        durableVote(1, 6, 103),
        voted(1, 6, 103),
      ],
      refused: null,
      checks: 3,
    },
  ]);
}

{
  const property = "monotone terms and commits";
  const commit = (store: number, index: number, term: number): EventRow => [
    "commitAdvanced",
    store,
    { region: 1, peer: 100 + store, index, term },
  ];
  testTable(monotoneJudge, [
    {
      name: "a term that goes back",
      property,
      events: [follower(1, 5), follower(1, 4)],
      refused: "the term of peer 101 went back from 5 to 4",
    },
    {
      name: "a commit index that goes back",
      property,
      events: [commit(1, 9, 5), commit(1, 8, 5)],
      refused: "the commit index of peer 101 went back from 9 to 8",
    },
    {
      name: "a restart that has forgotten a commit, which was never durable",
      property,
      events: [commit(1, 9, 5), ["crash", 1], recovered(1, 5, 9, 7), commit(1, 8, 5)],
      refused: null,
      checks: 4,
    },
  ]);
}

const append = (store: number, index: number, term: number, digest = index): EventRow => [
  "entryAppended",
  store,
  { region: 1, index, term, digest },
];
const persisted = (store: number, index: number, term: number): EventRow => [
  "logPersisted",
  store,
  { region: 1, index, term, peer: 100 + store },
];
const committed = (store: number, index: number, term: number): EventRow => [
  "commitAdvanced",
  store,
  { region: 1, peer: 100 + store, index, term },
];
const acknowledged = (store: number, index: number, term: number, atUs = 1_000): EventRow => [
  "writeAcknowledged",
  store,
  { region: 1, operation: 1, index, term, atUs },
];
/** Entry 1 of term 1 on all three, durable, committed by store 1. */
const agreed: readonly EventRow[] = [
  leader(1, 1),
  append(1, 1, 1),
  append(2, 1, 1),
  append(3, 1, 1),
  persisted(1, 1, 1),
  persisted(2, 1, 1),
  committed(1, 1, 1),
];
/** Entry 2 on stores 1 and 2, durable. */
const secondByTwo: readonly EventRow[] = [1, 2].flatMap((store) => [
  append(store, 2, 1),
  persisted(store, 2, 1),
]);
/** Store 1 learns of term 2, then says that entry 2 is committed and acknowledges it. */
const stepsDown = (followsUs: number, commitsUs: number): readonly EventRow[] => [
  ["roleChanged", 1, { region: 1, peer: 101, role: 0, term: 2, atUs: followsUs }],
  ["commitAdvanced", 1, { region: 1, peer: 101, index: 2, term: 2, atUs: commitsUs }],
  acknowledged(1, 2, 1, commitsUs),
];
const appliedEverywhere: readonly EventRow[] = [1, 2, 3].map((store) => [
  "entryApplied",
  store,
  { region: 1, index: 1, term: 1, digest: 1 },
]);

testTable(logJudges, [
  {
    name: "two entries at one index of one term",
    property: "log matching",
    events: [append(1, 1, 1, 7), append(2, 1, 1, 8)],
    refused: "region 1 has two entries at index 1 of term 1",
  },
  {
    name: "logs that agree at an entry and not before it",
    property: "log matching",
    events: [append(1, 1, 1), append(1, 2, 3), append(2, 1, 2), append(2, 2, 3)],
    refused: "entry 2 of term 3 follows one of term 1 in one log, of term 2 in another",
  },
  {
    name: "a follower whose entries of an old term are replaced, and which is behind a snapshot",
    property: "log matching",
    events: [
      append(1, 1, 1),
      append(1, 2, 2),
      append(2, 1, 1),
      append(2, 2, 1),
      append(2, 2, 2),
      ["snapshotInstalled", 3, { region: 1, index: 1, term: 1, peer: 103 }],
      append(3, 2, 2),
    ],
    refused: null,
    checks: 6,
  },
  {
    name: "a leader that replaces an entry of its own",
    property: "leader append-only",
    events: [leader(1, 1), append(1, 1, 1), append(1, 2, 1), append(1, 2, 1, 9)],
    refused: "the leader of region 1 replaced its entry 2",
  },
  {
    name: "one that was leader, and replaces entries as a follower",
    property: "leader append-only",
    events: [leader(1, 1), append(1, 1, 1), append(1, 2, 1), follower(1, 2), append(1, 2, 2)],
    refused: null,
    checks: 2,
  },
  {
    name: "a new leader without a committed entry",
    property: "leader completeness",
    events: [...agreed, append(1, 2, 1), append(2, 2, 1), persisted(1, 2, 1), persisted(2, 2, 1)]
      .concat([committed(1, 2, 1)])
      .concat([leader(3, 2)]),
    refused: "the leader of term 2 lacks entry 2 of term 1, which was committed",
  },
  {
    name: "a new leader whose entry at the place is of another term",
    property: "leader completeness",
    events: [...agreed, append(3, 1, 0), leader(3, 2)],
    refused: "lacks entry 1 of term 1",
  },
  {
    name: "a new leader that has the entry below what is left of its log",
    property: "leader completeness",
    events: [
      ...agreed,
      ["snapshotInstalled", 3, { region: 1, index: 4, term: 1, peer: 103 }],
      leader(3, 2),
      ...appliedEverywhere,
    ],
    refused: null,
    checks: 2,
  },
  {
    name: "a new leader that has a committed entry by snapshot alone",
    property: "leader completeness",
    events: [
      ...agreed,
      ...secondByTwo,
      committed(1, 2, 1),
      ["snapshotInstalled", 3, { region: 1, index: 2, term: 1, peer: 103 }],
      leader(3, 2),
    ],
    refused: null,
    checks: 2,
  },
  {
    name: "a commit that one disk alone holds",
    property: "quorum audit",
    events: [leader(1, 1), append(1, 1, 1), append(2, 1, 1), persisted(1, 1, 1)].concat([
      committed(1, 1, 1),
    ]),
    refused: "entry 1 of term 1 was committed with 1 durable of 3 copies, 2 are a majority",
  },
  {
    name: "a commit that a learner's disk must make up for",
    property: "quorum audit",
    facts: {
      regions: factsOf().regions.map((one) => ({
        ...one,
        peers: [...one.peers, { id: 104, store: 4, role: "learner" as const }],
      })),
      stores: [1, 2, 3, 4].map((store) => ({ store, process: store - 1 })),
    },
    events: [leader(1, 1), append(1, 1, 1), append(4, 1, 1), persisted(1, 1, 1)]
      .concat([persisted(4, 1, 1)])
      .concat([committed(1, 1, 1)]),
    refused: "committed with 1 durable of 3 copies",
  },
  {
    name: "a follower whose durable entry was overwritten in memory and on disk",
    property: "quorum audit",
    events: [
      append(2, 1, 1),
      persisted(2, 1, 1),
      append(2, 1, 2),
      leader(1, 2),
      append(1, 1, 2),
      persisted(1, 1, 2),
      committed(1, 1, 2),
    ],
    refused: "committed with 1 durable of 3",
  },
  {
    name: "a store that comes back without what it had reported durable",
    property: "quorum audit",
    events: [...agreed, ["powerLoss", 2], recovered(2, 1, 0, 0)],
    refused: "a store had its log durable up to 1 and came back with 0 entries",
  },
  {
    name: "a commit by way of entries that a crash left and recovery synced",
    property: "quorum audit",
    events: [
      leader(1, 1),
      append(1, 1, 1),
      persisted(1, 1, 1),
      append(2, 1, 1),
      ["crash", 2],
      recovered(2, 1, 1, 0),
      committed(1, 1, 1),
    ],
    refused: null,
    checks: 1,
  },
  {
    name: "a leader that commits and steps down in one step",
    property: "durability of acknowledged writes",
    events: [...agreed, ...secondByTwo, ...stepsDown(5_000, 5_000)],
    refused: null,
  },
  {
    name: "a commit that somebody claims who has stepped down before",
    property: "durability of acknowledged writes",
    events: [...agreed, ...secondByTwo, ...stepsDown(5_000, 5_001)],
    refused: "entry 2 was acknowledged and never committed",
  },
  {
    name: "an acknowledged write that is not committed",
    property: "durability of acknowledged writes",
    events: [...agreed, append(1, 2, 1), acknowledged(1, 2, 1)],
    refused: "entry 2 was acknowledged and never committed",
  },
  {
    name: "an acknowledged write that a new leader lacks",
    property: "durability of acknowledged writes",
    events: [...agreed, acknowledged(1, 1, 1), append(3, 1, 0), leader(3, 2)],
    refused: "lacks entry 1 of term 1, which a client was told is done",
  },
  {
    name: "an acknowledged write that a healthy store has not applied at the end",
    property: "durability of acknowledged writes",
    events: [...agreed, ...appliedEverywhere.slice(0, 2), recovered(3, 1, 1, 0)].concat([
      acknowledged(1, 1, 1),
    ]),
    refused: "store 3 has applied 0 at the end, entry 1 was acknowledged",
  },
  {
    name: "an acknowledged write that a store has applied again since it came back",
    property: "durability of acknowledged writes",
    events: [...agreed, recovered(3, 1, 1, 0), ...appliedEverywhere, acknowledged(1, 1, 1)],
    refused: null,
    checks: 4,
  },
  {
    name: "an acknowledgement so late that followers need not have it, and a store that is down",
    property: "durability of acknowledged writes",
    events: [
      ...agreed,
      ...appliedEverywhere.slice(0, 2),
      recovered(3, 1, 1, 0),
      acknowledged(1, 1, 1, 19_000_000),
    ],
    refused: null,
  },
]);

{
  const property = "state-machine safety";
  const applied = (store: number, index: number, term: number, digest = index): EventRow => [
    "entryApplied",
    store,
    { region: 1, index, term, digest },
  ];
  testTable(stateMachineJudge, [
    {
      name: "two commands at one index",
      property,
      events: [applied(1, 1, 1, 7), applied(2, 1, 1, 8)],
      refused: "region 1 applies two commands at index 1",
    },
    {
      name: "commands of two terms at one index",
      property,
      events: [applied(1, 1, 1), applied(2, 1, 2)],
      refused: "one of term 1, one of term 2",
    },
    {
      name: "an index left out",
      property,
      events: [applied(1, 1, 1), applied(1, 3, 1)],
      refused: "process 0 applied index 3 of region 1 after 1",
    },
    {
      name: "an index applied twice",
      property,
      events: [applied(1, 1, 1), applied(1, 1, 1)],
      refused: "applied index 1 of region 1 after 1",
    },
    {
      name: "an index left out behind what a restart found",
      property,
      events: [applied(1, 1, 1), applied(1, 2, 1)].concat([
        ["crash", 1],
        recovered(1, 1, 2, 1),
        applied(1, 3, 1),
      ]),
      refused: "process 0 applied index 3 of region 1 after 1",
    },
    {
      name: "an index left out behind a snapshot",
      property,
      events: [
        ["snapshotInstalled", 2, { region: 1, index: 2, term: 1, peer: 102 }],
        applied(2, 4, 1),
      ],
      refused: "process 1 applied index 4 of region 1 after 2",
    },
    {
      name: "entries applied again behind what a restart found, and a jump by snapshot",
      property,
      events: [
        applied(1, 1, 1),
        applied(1, 2, 1),
        ["crash", 1],
        ["boot", 1],
        recovered(1, 1, 2, 1),
        applied(1, 2, 1),
        applied(2, 1, 1),
        ["snapshotInstalled", 2, { region: 1, index: 2, term: 1, peer: 102 }],
        applied(2, 3, 1),
      ],
      refused: null,
      checks: 5,
    },
  ]);
}

{
  const sum = (store: number, index: number, checksum: number): EventRow => [
    "replicaChecksum",
    store,
    { region: 1, index, checksum, peer: 100 + store },
  ];
  const members = (store: number, index: number, voters: number, outgoing = 0): EventRow => [
    "membershipApplied",
    store,
    { region: 1, index, voters, outgoing },
  ];
  testTable(checksumJudge, [
    {
      name: "other data at one index",
      property: "replica checksum",
      events: [sum(1, 5, 77), sum(2, 5, 78)],
      refused: "region 1: peer 102 on process 1 holds other data at index 5",
    },
    {
      name: "other data at another index",
      property: "replica checksum",
      events: [sum(1, 5, 77), sum(2, 6, 78), sum(2, 5, 77)],
      refused: null,
      checks: 1,
    },
  ]);
  testTable(membershipJudge, [
    {
      name: "other voters at one index",
      property: "configuration safety",
      events: [members(1, 5, 7), members(2, 5, 3)],
      refused: "region 1 has two memberships at index 5",
    },
    {
      name: "others on their way out, told apart among many bits",
      property: "configuration safety",
      events: [members(1, 5, 1_073_741_831, 3), members(2, 5, 1_073_741_831, 2)],
      refused: "two memberships",
    },
    {
      name: "other voters at another index",
      property: "configuration safety",
      events: [members(1, 5, 7), members(2, 6, 3), members(3, 5, 7)],
      refused: null,
      checks: 1,
    },
  ]);
}
