/// A parsed template: what it writes, in order.
pub type Nodes = Vec<Node>;

#[derive(Debug)]
pub enum Node {
    Text(String),
    /// `{{pipeline}}`: writes its value, unless it sets variables.
    Pipeline(Pipeline),
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
}

/// `{{if pipeline}} then {{else}} otherwise {{end}}`
#[derive(Debug)]
pub struct Branch {
    pub pipeline: Pipeline,
    pub then: Nodes,
    pub otherwise: Nodes,
}

/// `$a, $b := command | command`
#[derive(Debug)]
pub struct Pipeline {
    pub line: usize,
    pub set: Option<Set>,
    /// The value of each is the last argument of the next.
    pub commands: Vec<Command>,
}

/// The variables that a pipeline sets, without their `$`.
#[derive(Debug)]
pub struct Set {
    pub names: Vec<String>,
    pub how: HowSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowSet {
    /// `:=`
    Declares,
    /// `=`
    Assigns,
}

/// A value, or a function with its arguments.
#[derive(Debug)]
pub struct Command {
    pub line: usize,
    pub head: Operand,
    pub args: Vec<Operand>,
}

/// Something with the fields `.a.b` of it.
#[derive(Debug)]
pub struct Operand {
    pub line: usize,
    pub what: Operator,
    pub fields: Vec<String>,
}

#[derive(Debug)]
pub enum Operator {
    Dot,
    /// Without its `$`; the one without a name is all of the data.
    Variable(String),
    Text(String),
    Int(i64),
    Bool(bool),
    Function(Function),
    Parentheses(Box<Pipeline>),
}

/// The functions that templates may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    And,
    Or,
    Not,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Len,
    Index,
    Print,
    Println,
    Printf,
}

impl Function {
    pub const ALL: [(&'static str, Self); 14] = [
        ("and", Self::And),
        ("or", Self::Or),
        ("not", Self::Not),
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("lt", Self::Lt),
        ("le", Self::Le),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("len", Self::Len),
        ("index", Self::Index),
        ("print", Self::Print),
        ("println", Self::Println),
        ("printf", Self::Printf),
    ];

    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, function)| *function == self);
        named.map_or("", |(name, _)| name)
    }
}
