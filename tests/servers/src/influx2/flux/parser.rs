//! Tokens into a pipeline of calls.

use super::expr::Expr;
use super::lexer::{Token, tokens};

/// `name(arg: value, …)`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::influx2) struct Call {
    pub(super) name: String,
    pub(super) args: Vec<(String, Expr)>,
}

/// By rising binding; the operators of a level are worked off from left to right.
const LEVELS: [&[&str]; 4] = [&["or"], &["and"], &["==", "!=", "<", ">", "<=", ">="], &["+", "-"]];

pub(in crate::influx2) fn parse(text: &str) -> Result<Vec<Call>, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let mut pipeline = vec![parser.call()?];
    while parser.takes("|>") {
        pipeline.push(parser.call()?);
    }
    match parser.next() {
        None => Ok(pipeline),
        Some(token) => Err(format!("{token:?} where the query should end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = match self.peek() {
            Some(Token::Symbol(found)) => *found == symbol,
            Some(Token::Name(found)) => found == symbol,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.takes(symbol) { Ok(()) } else { Err(format!("{:?} where {symbol} is due", self.peek())) }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(format!("{other:?} where a name is due")),
        }
    }

    fn call(&mut self) -> Result<Call, String> {
        let name = self.name()?;
        self.expect("(")?;
        let mut args: Vec<(String, Expr)> = Vec::new();
        while !self.takes(")") {
            if !args.is_empty() {
                self.expect(",")?;
            }
            let arg = self.name()?;
            if args.iter().any(|(known, _)| *known == arg) {
                return Err(format!("argument {arg} of {name}() is there twice"));
            }
            self.expect(":")?;
            args.push((arg, self.expr(0)?));
        }
        Ok(Call { name, args })
    }

    fn expr(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        // `not` binds less than a comparison and more than `and`.
        if level == 2 && self.takes("not") {
            return Ok(Expr::Not(Box::new(self.expr(level)?)));
        }
        let mut left = self.expr(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.takes(operator)) {
            let right = self.expr(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.takes("-") {
            return Ok(Expr::Negative(Box::new(self.unary()?)));
        }
        if self.takes("exists") {
            return Ok(Expr::Exists(Box::new(self.unary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expr, String> {
        match self.next().ok_or("the query ends too early")? {
            Token::Text(text) => Ok(Expr::Text(text.into())),
            Token::Integer(number) => Ok(Expr::Integer(number)),
            Token::Float(number) => Ok(Expr::Float(number)),
            Token::Time(ns) => Ok(Expr::Time(ns)),
            Token::Symbol("[") => self.array(),
            Token::Symbol("(") => self.function_or_group(),
            Token::Name(name) => match name.as_str() {
                "true" => Ok(Expr::Boolean(true)),
                "false" => Ok(Expr::Boolean(false)),
                "r" => self.column(),
                _ => Err(format!("undefined identifier {name}")),
            },
            Token::Symbol(symbol) => Err(format!("{symbol} where a value is due")),
        }
    }

    fn array(&mut self) -> Result<Expr, String> {
        let mut items = Vec::new();
        while !self.takes("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.expr(0)?);
        }
        Ok(Expr::Array(items))
    }

    fn function_or_group(&mut self) -> Result<Expr, String> {
        let behind = &self.tokens[self.at.min(self.tokens.len())..];
        if let [Token::Name(name), Token::Symbol(")"), Token::Symbol("=>"), ..] = behind {
            if name != "r" {
                return Err(format!("a function of {name} is not known here, only of r"));
            }
            self.at += 3;
            return Ok(Expr::Function(Box::new(self.expr(0)?)));
        }
        let inner = self.expr(0)?;
        self.expect(")")?;
        Ok(inner)
    }

    fn column(&mut self) -> Result<Expr, String> {
        if self.takes(".") {
            return self.name().map(Expr::Column);
        }
        self.expect("[")?;
        let Some(Token::Text(name)) = self.next() else {
            return Err("a column is named by a string".into());
        };
        self.expect("]")?;
        Ok(Expr::Column(name))
    }
}
