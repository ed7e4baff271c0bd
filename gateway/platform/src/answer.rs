//! The answers of the push interface.

use serde::Serialize;
use serde_json::value::RawValue;

/// An answer, with the interface's own names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<'a> {
    pub(crate) task_code: String,
    pub(crate) error_code: &'a str,
    pub(crate) error_msg: &'a str,
    pub(crate) total_size: usize,
    pub(crate) success_size: usize,
    pub(crate) fail_size: usize,
    pub(crate) error_size: usize,
    pub(crate) error_body: Vec<Entry<'a>>,
    pub(crate) fail_body: Vec<Entry<'a>>,
    pub(crate) tips: &'a str,
}

/// A row that is refused or doubted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry<'a> {
    /// From 1.
    pub(crate) row: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) data: &'a RawValue,
}

impl<'a> Answer<'a> {
    /// An answer that nothing was stored.
    pub(crate) fn failure(error_code: &'a str, error_msg: &'a str) -> Self {
        Self {
            task_code: String::new(),
            error_code,
            error_msg,
            total_size: 0,
            success_size: 0,
            fail_size: 0,
            error_size: 0,
            error_body: Vec::new(),
            fail_body: Vec::new(),
            tips: "",
        }
    }

    /// The platform's words for one of its codes.
    pub(crate) fn words(code: &str) -> &'static str {
        match code {
            "200" => "操作成功",
            "500" => "服务器内部错误",
            "3001" => "目录编码为空",
            "3002" => "目录编码不存在",
            "4001" => "部门编码为空",
            "4002" => "部门编码不存在",
            "5001" => "JSON解析失败",
            "6001" => "数据结构体为空",
            "6002" => "数据结构体JSON格式不正确",
            _ => "",
        }
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| String::from(r#"{"errorCode":"500"}"#))
    }
}
